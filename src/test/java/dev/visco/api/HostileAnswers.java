package dev.visco.api;

import dev.visco.host.MemoryBudget;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.UnsupportedSession;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/** Commands over the API of which every byte is six of JSON, many at once. */
public final class HostileAnswers {
  private static final int AT_ONCE = 24;

  private HostileAnswers() {}

  /** A guest that says as much as it is let say, and nothing but control characters. */
  private static final class Babbler extends UnsupportedSession {
    @Override
    public GuestOutput execLimited(
        GuestCommand command, byte[] input, Duration timeout, int maxOutput) {
      var held =
          MemoryBudget.shared().take("what it babbles", 2L * maxOutput, Duration.ofSeconds(15));
      byte[] output = new byte[maxOutput];
      Arrays.fill(output, (byte) 1);
      return new GuestOutput(new GuestOutput.Ending(0, false), output, output.clone(), held);
    }
  }

  /**
   * @throws AssertionError when one of them gets neither its answer nor a problem document
   */
  public static void run(Path folder) throws IOException, InterruptedException {
    try (ApiUnderTest api = ApiUnderTest.start(folder);
        HttpClient client = HttpClient.newHttpClient();
        var threads = Executors.newFixedThreadPool(AT_ONCE)) {
      api.vms.sessions = Babbler::new;
      String id = api.create();
      api.vms.settle(new VmId(id), VmState.READY, null);
      var asked =
          threads.invokeAll(
              Collections.<Callable<Integer>>nCopies(AT_ONCE, () -> ask(api, client, id)));
      long answered = 0;
      for (var one : asked) {
        int status = one.get();
        if (status != 200 && status != 503) {
          throw new AssertionError("a command was answered with " + status);
        }
        answered += status == 200 ? 1 : 0;
      }
      if (answered == 0) {
        throw new AssertionError("no command was answered");
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static int ask(ApiUnderTest api, HttpClient client, String id) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + api.address() + "/api/vms/" + id + "/exec"))
            .header("Authorization", "Bearer " + ApiUnderTest.TOKEN)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"command\":[\"babble\"]}", StandardCharsets.UTF_8))
            .build();
    var answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    long length = answer.body().transferTo(OutputStream.nullOutputStream());
    if (answer.statusCode() == 200 && length < 12 * GuestSession.MAX_OUTPUT) {
      throw new AssertionError("an answer of " + length + " bytes is not whole");
    }
    return answer.statusCode();
  }
}
