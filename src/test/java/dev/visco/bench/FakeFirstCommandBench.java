package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeGuest;
import dev.visco.api.FakeMachinesDaemon;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.model.VmId;
import dev.visco.wire.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What the daemon itself takes from a request for a VM to its first command's answer: its real API,
 * store and engine, with machines and guests that take no time. One at a time, and as many at once
 * as no machine for tests has room for guests. Run it by {@code bench/first-command fake}.
 */
class FakeFirstCommandBench {
  private static final List<Integer> AT_ONCE = List.of(1, 20, 200);

  /** For each number at once. */
  private static final int CREATES = Integer.getInteger("creates", 400);

  @TempDir private Path folder;

  private final AtomicInteger users = new AtomicInteger();

  @Test
  void fakeMachines() throws Exception {
    Path data = Files.createDirectory(folder.resolve("host"));
    var limits = FakeMachinesDaemon.limits(250, 1_000_000, 1_000_000_000, 100_000);
    try (var daemon = FakeMachinesDaemon.start(data, new FakeWorld(), limits);
        var client = HttpClient.newHttpClient()) {
      firstCommands(daemon, client, 200); // What is loaded and compiled once.
      FirstCommands.head();
      for (int atOnce : AT_ONCE) {
        var times = new ArrayList<Duration>();
        while (times.size() < CREATES) {
          times.addAll(firstCommands(daemon, client, atOnce));
        }
        FirstCommands.row("a machine that takes no time", atOnce, times);
      }
    }
  }

  private List<Duration> firstCommands(FakeMachinesDaemon daemon, HttpClient client, int many)
      throws Exception {
    Queue<String> made = new ConcurrentLinkedQueue<>();
    var guest = new FakeGuest();
    List<Duration> times =
        FirstCommands.atOnce(
            many,
            () -> {
              JsonNode vm =
                  answer(
                      daemon,
                      client,
                      "/api/vms?wait=ready",
                      "{\"userId\":\"user-%d\",\"vmType\":\"cli\"}"
                          .formatted(users.incrementAndGet()));
              assertThat(vm.path("state").asString()).as(vm.toString()).isEqualTo("ready");
              String id = vm.path("vmId").asString();
              made.add(id);
              daemon.signIn(new VmId(id), guest);
              JsonNode end =
                  answer(daemon, client, "/api/vms/" + id + "/exec", "{\"command\":[\"cat\"]}");
              assertThat(end.path("exitCode").asInt(-1)).as(end.toString()).isZero();
              return id;
            });
    for (String id : made) {
      assertThat(daemon.run("rm", id).code()).isZero();
    }
    return times;
  }

  private static JsonNode answer(
      FakeMachinesDaemon daemon, HttpClient client, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.port() + path))
            .header("Authorization", "Bearer " + daemon.adminToken())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return Json.read(
        client.send(request, HttpResponse.BodyHandlers.ofString()).body(), JsonNode.class);
  }
}
