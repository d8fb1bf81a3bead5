package dev.visco.signin.channel;

import dev.visco.model.GuestText;
import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Claude Code's control requests: {@code claude_authenticate} answers with two links, one that
 * comes back to the tool and one whose page shows a code; {@code claude_oauth_wait_for_completion}
 * is answered when it is over.
 */
final class ClaudeLogin extends ToolLogin {
  private final AtomicInteger ids = new AtomicInteger();
  private volatile @Nullable JsonTool tool;

  ClaudeLogin(Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    super(provider, method, tools, listener);
  }

  private static @Nullable String answered(JsonNode message) {
    return message.path("type").asString("").equals("control_response")
        ? message.path("response").path("request_id").asString("")
        : null;
  }

  private CompletableFuture<JsonNode> send(JsonTool to, String subtype, Map<String, ?> fields)
      throws IOException {
    String id = "visco-" + ids.incrementAndGet();
    var request = new HashMap<String, Object>(fields);
    request.put("subtype", subtype);
    return to.request(id, Map.of("type", "control_request", "request_id", id, "request", request));
  }

  private JsonNode call(JsonTool to, String subtype, Map<String, ?> fields)
      throws IOException, InterruptedException {
    JsonNode response = JsonTool.answer(send(to, subtype, fields)).path("response");
    if (!isSuccess(response)) {
      throw new IOException("the tool refused " + subtype + ": " + error(response));
    }
    return response.path("response");
  }

  private static boolean isSuccess(JsonNode response) {
    return response.path("subtype").asString("").equals("success");
  }

  private static String error(JsonNode response) {
    String text = response.path("error").asString("");
    return text.isEmpty() ? "it does not say why" : GuestText.line(text).value();
  }

  @Override
  LoginOutcome drive() throws IOException, InterruptedException {
    var started = new JsonTool(this, ClaudeLogin::answered, message -> {});
    tool = started;
    call(started, "initialize", Map.of());
    boolean isConsole = parameter("account").equals("console");
    JsonNode links = call(started, "claude_authenticate", Map.of("loginWithClaudeAi", !isConsole));
    // Asked before anybody has seen a link: a code may be pasted at once.
    CompletableFuture<JsonNode> end = send(started, "claude_oauth_wait_for_completion", Map.of());
    for (String field : new String[] {"automaticUrl", "manualUrl"}) {
      if (links.has(field)) {
        found(links.path(field).asString(), LinkSource.ANSWER);
      }
    }
    JsonNode response = JsonTool.outcome(end).path("response");
    return isSuccess(response)
        ? new LoginOutcome.SignedIn()
        : new LoginOutcome.NotSignedIn(error(response));
  }

  /** The page shows the code and the state with a # between them. */
  @Override
  public void paste(String code) throws IOException {
    int mark = code.indexOf('#');
    JsonTool to = tool;
    if (to == null || mark < 0) {
      throw new IOException(
          mark < 0 ? "the code is not whole: it has a # in it" : "the tool is not ready yet");
    }
    send(
        to,
        "claude_oauth_callback",
        Map.of("authorizationCode", code.substring(0, mark), "state", code.substring(mark + 1)));
  }
}
