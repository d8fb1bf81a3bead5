package dev.visco.signin.channel;

import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;

/**
 * Codex's app-server: {@code account/login/start} answers with a link or a device code, and the
 * notification {@code account/login/completed} says how it ended.
 */
final class CodexLogin extends RpcLogin {
  private static final String COMPLETED = "account/login/completed";

  CodexLogin(Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    super(provider, method, tools, listener);
  }

  @Override
  LoginOutcome drive() throws IOException, InterruptedException {
    var tool =
        new JsonTool(
            this,
            message ->
                message.path("method").asString("").equals(COMPLETED)
                    ? COMPLETED
                    : answered(message),
            message -> {});
    CompletableFuture<JsonNode> end = tool.expected(COMPLETED);
    call(
        tool,
        "initialize",
        Map.of("clientInfo", Map.of("name", "visco", "title", "Visco", "version", "1")));
    tool.send(Map.of("jsonrpc", "2.0", "method", "initialized"));
    JsonNode started = call(tool, "account/login/start", Map.of("type", parameter("type")));
    if (started.has("authUrl")) {
      found(started.path("authUrl").asString(), LinkSource.ANSWER);
    }
    if (started.has("verificationUrl")) {
      found(started.path("verificationUrl").asString(), LinkSource.ANSWER);
      foundCode(started.path("userCode").asString(""));
    }
    JsonNode said = JsonTool.outcome(end).path("params");
    return said.path("success").asBoolean(false)
        ? new LoginOutcome.SignedIn()
        : new LoginOutcome.NotSignedIn(error(said));
  }
}
