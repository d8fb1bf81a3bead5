package dev.visco.signin.channel;

import dev.visco.model.GuestText;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/** A login by JSON-RPC 2.0 on the tool's standard input and output. */
abstract class RpcLogin extends ToolLogin {
  private final AtomicInteger ids = new AtomicInteger();

  RpcLogin(Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    super(provider, method, tools, listener);
  }

  /** The id of the request that a message answers. */
  static @org.jspecify.annotations.Nullable String answered(JsonNode message) {
    boolean isAnswer = message.has("result") || message.has("error");
    return isAnswer && !message.has("method") ? message.path("id").asString() : null;
  }

  final CompletableFuture<JsonNode> send(JsonTool tool, String name, Object parameters)
      throws IOException {
    int id = ids.incrementAndGet();
    return tool.request(
        Integer.toString(id),
        Map.of("jsonrpc", "2.0", "id", id, "method", name, "params", parameters));
  }

  /** Calls a method; its error is one. */
  final JsonNode call(JsonTool tool, String name, Object parameters)
      throws IOException, InterruptedException {
    JsonNode answer = JsonTool.answer(send(tool, name, parameters));
    if (answer.has("error")) {
      throw new IOException("the tool refused " + name + ": " + error(answer));
    }
    return answer.path("result");
  }

  static String error(JsonNode answer) {
    JsonNode error = answer.path("error");
    String text = error.isString() ? error.asString() : error.path("message").asString("");
    return text.isEmpty() ? "it does not say why" : GuestText.line(text).value();
  }

  @Override
  public void paste(String code) throws IOException {
    throw new IOException("this login takes no code");
  }
}
