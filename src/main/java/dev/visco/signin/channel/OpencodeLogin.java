package dev.visco.signin.channel;

import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * opencode's server on the guest's loopback: {@code authorize} answers with a link, {@code
 * callback} once somebody has signed in, or with the code that the page has shown.
 */
final class OpencodeLogin extends ToolLogin {
  /** Pause between two tries to reach the server while it starts. */
  private static final long PAUSE_MILLIS = 200;

  private final LastLine said = new LastLine();
  private final CompletableFuture<String> pasted = new CompletableFuture<>();
  private volatile @Nullable GuestHttp http;

  OpencodeLogin(Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    super(provider, method, tools, listener);
  }

  @Override
  LoginOutcome drive() throws IOException, InterruptedException {
    var process = running(tools.start(command(), provider.environment(method), said, said));
    var ended = new CompletableFuture<Integer>();
    Thread.ofVirtual()
        .name("end of a tool in a guest")
        .start(() -> {
          try {
            ended.complete(process.waitFor());
          } catch (IOException | InterruptedException e) {
            ended.completeExceptionally(e);
          }
        });
    int port = number(parameter("port"));
    var server = new GuestHttp(() -> tools.dial(port));
    http = server;
    String path = "/provider/" + parameter("provider") + "/oauth/";
    int way = number(parameter("method"));
    awaitServer(server, ended);
    JsonNode authorized = server.post(path + "authorize", Map.of("method", way), ANSWER);
    found(authorized.path("url").asString(""), LinkSource.ANSWER);
    boolean isPasted = authorized.path("method").asString("").equals("code");
    Map<String, Object> callback =
        isPasted ? Map.of("method", way, "code", pasted()) : Map.of("method", way);
    JsonNode answer = server.post(path + "callback", callback, null);
    return answer.isBoolean() && answer.asBoolean()
        ? new LoginOutcome.SignedIn()
        : new LoginOutcome.NotSignedIn("the tool's server said no");
  }

  private String pasted() throws IOException, InterruptedException {
    try {
      return pasted.get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IOException("no code was pasted", e);
    }
  }

  private static int number(String text) throws IOException {
    if (!text.matches("\\d{1,5}")) {
      throw new IOException("\"" + text + "\" of the provider's file is no number");
    }
    return Integer.parseInt(text);
  }

  /** Waits until the server answers anything at all. */
  private void awaitServer(GuestHttp server, CompletableFuture<Integer> ended)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + ANSWER.toNanos();
    while (true) {
      try {
        server.get("/provider/auth", ANSWER);
        return;
      } catch (GuestHttp.HttpRefused e) {
        throw e;
      } catch (IOException e) {
        if (ended.isDone() || System.nanoTime() > end) {
          throw new IOException(
              "the tool's server did not come up"
                  + (said.text().isEmpty() ? "" : ": " + said.text()),
              e);
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  @Override
  public void paste(String code) throws IOException {
    if (!pasted.complete(code)) {
      throw new IOException("a code was pasted already");
    }
  }

  @Override
  public void close() {
    pasted.completeExceptionally(new IOException("the login was ended"));
    GuestHttp server = http;
    if (server != null) {
      server.close();
    }
    super.close();
  }
}
