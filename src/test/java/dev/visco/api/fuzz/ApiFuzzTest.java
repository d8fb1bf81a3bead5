package dev.visco.api.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.api.FakeServices;
import dev.visco.api.http.Route;
import dev.visco.api.openapi.AnswerCheck;
import dev.visco.api.openapi.DescriptionRoutes;
import dev.visco.api.openapi.OpenApi;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Requests made of the API's own description, by a seed, are sent to a daemon with fake machines:
 * every answer is one that is described, none is a fault of ours, and nothing grows. With {@code
 * -Dvisco.all=true} a million of them; {@code -Dvisco.seed=N} sends others.
 */
@Timeout(7200)
class ApiFuzzTest {
  private static final boolean IS_ALL = Boolean.getBoolean("visco.all");
  private static final long SEED = Long.getLong("visco.seed", 20_261_126L);
  private static final int CLIENTS = 4;
  private static final int REQUESTS = IS_ALL ? 1_000_000 : 20_000;

  /**
   * Behind these stands nothing, or a guest that is not there; other tests call them. Without its
   * image no VM is created any more.
   */
  private static final Set<String> LEFT =
      Set.of(
          "exec",
          "getDesktop",
          "startExec",
          "listExecs",
          "executePrompt",
          "listPrompts",
          "getPrompt",
          "readPrompt",
          "cancelPrompt",
          "getExec",
          "readExecOutput",
          "signalExec",
          "removeExec",
          "readFile",
          "watchFiles",
          "writeFile",
          "changeFile",
          "removeFile",
          "removeImage",
          "getScreenshot",
          "diagnoseVm",
          "runExperiments",
          "getBundle",
          "importSnapshot",
          "exportVolume",
          "planSweep",
          "sweep",
          "listReleases",
          "addRelease",
          "getRelease",
          "removeRelease",
          "planRelease",
          "tryRelease",
          "useRelease",
          "rollBackRelease",
          "buildImage",
          "importImage",
          "testProvider");

  /** A class, a package or a frame of a stack. */
  private static final Pattern OURS =
      Pattern.compile(
          "dev\\.visco|java\\.(lang|util|io|nio)|tools\\.jackson|org\\.eclipse|\\bat [a-z]+\\.[a-z.]+\\(|"
              + "[a-z]Exception\\b|\\bclass [A-Z]|Source: ");

  @TempDir private Path folder;

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  /** One of several clients at once. */
  private record FuzzClient(
      FakeMachinesDaemon daemon,
      RequestFuzz fuzz,
      AnswerCheck check,
      Map<Integer, Integer> statuses) {
    void send(String seed, int requests) {
      try (var connection = new KeptConnection(daemon.port())) {
        for (int number = 0; number < requests; number++) {
          RequestFuzz.FuzzRequest request = fuzz.next();
          KeptConnection.RawAnswer answer = connection.send(request.method(), request.bytes());
          statuses.merge(answer.status(), 1, Integer::sum);
          ApiFuzzTest.check(check, seed + ", request " + number, request, answer);
          if (request.method().equals("POST")
              && answer.status() < 300
              && answer.body().contains("\"vmId\"")) {
            fuzz.made(Json.read(answer.body(), JsonNode.class).path("vmId").asString());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(seed, e);
      }
    }
  }

  /** All clients send so many together; the first failure of any is thrown. */
  private static void send(List<FuzzClient> clients, int requests) {
    var sending = new ArrayList<CompletableFuture<Void>>();
    for (int number = 0; number < clients.size(); number++) {
      FuzzClient client = clients.get(number);
      String seed = "client " + number + " of seed " + SEED;
      sending.add(
          CompletableFuture.runAsync(
              () -> client.send(seed, requests / CLIENTS),
              task -> Thread.ofPlatform().start(task)));
    }
    CompletableFuture.allOf(sending.toArray(CompletableFuture[]::new)).join();
  }

  @Test
  void whateverIsSentEveryAnswerIsOneThatIsDescribed() throws Exception {
    List<Route> routes = new FakeServices(folder.resolve("fakes")).routes();
    JsonNode document = OpenApi.of(DescriptionRoutes.with(routes));
    var check = new AnswerCheck(routes);
    var statuses = new ConcurrentSkipListMap<Integer, Integer>();
    try (FakeMachinesDaemon daemon = FakeMachinesDaemon.start(folder)) {
      var clients = new ArrayList<FuzzClient>();
      for (int number = 0; number < CLIENTS; number++) {
        var fuzz = new RequestFuzz(document, LEFT, daemon.adminToken(), new Random(SEED + number));
        assertThat(fuzz.operations()).isGreaterThan(40);
        clients.add(new FuzzClient(daemon, fuzz, check, statuses));
      }
      send(clients, REQUESTS / 4);
      long before = used();
      send(clients, REQUESTS - REQUESTS / 4);
      assertThat(used() - before).as("MiB more than after a quarter").isLessThan(64);
      assertThat(statuses)
          .as("of each kind some")
          .containsKeys(200, 201, 202, 400, 401, 404, 405, 409, 412, 415);
      String metrics = daemon.call(daemon.adminToken(), "GET", "/metrics", "").body();
      assertThat(metrics.lines().filter(line -> line.matches("visco_api_streams\\{.*} [1-9].*")))
          .as("answers that still wait")
          .isEmpty();
    }
  }

  private static void check(
      AnswerCheck check,
      String place,
      RequestFuzz.FuzzRequest request,
      KeptConnection.RawAnswer answer) {
    String shown = place + "\n" + new String(request.bytes(), StandardCharsets.UTF_8);
    assertThat(answer.status())
        .as("%s%n%s", shown, answer.body())
        .isNotEqualTo(500)
        .isLessThan(504);
    if (answer.status() >= 400 && !request.method().equals("HEAD")) {
      assertThat(answer.type()).as(shown).isEqualTo("application/problem+json");
      assertThat(answer.body()).as(shown).doesNotContainPattern(OURS);
    }
    try {
      check.check(
          request.method(), request.target(), answer.status(), answer.type(), answer.body());
    } catch (AssertionError e) {
      throw new AssertionError(shown + "\n" + e.getMessage(), e);
    }
  }
}
