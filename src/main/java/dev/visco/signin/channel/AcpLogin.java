package dev.visco.signin.channel;

import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import java.io.IOException;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The Agent Client Protocol: {@code authenticate} is answered once somebody has signed in; the tool
 * opens the link itself.
 */
final class AcpLogin extends RpcLogin {
  private static final int PROTOCOL = 1;

  AcpLogin(Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    super(provider, method, tools, listener);
  }

  @Override
  LoginOutcome drive() throws IOException, InterruptedException {
    var tool = new JsonTool(this, RpcLogin::answered, message -> {});
    call(
        tool,
        "initialize",
        Map.of(
            "protocolVersion",
            PROTOCOL,
            "clientCapabilities",
            Map.of("fs", Map.of("readTextFile", false, "writeTextFile", false))));
    JsonNode said =
        JsonTool.outcome(send(tool, "authenticate", Map.of("methodId", parameter("method"))));
    return said.has("error")
        ? new LoginOutcome.NotSignedIn(error(said))
        : new LoginOutcome.SignedIn();
  }
}
