package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeGuest;
import dev.visco.api.FakeMachinesDaemon;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.model.VmId;
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
        var api = new BenchApi(daemon.port(), daemon.adminToken())) {
      firstCommands(daemon, api, 200); // What is loaded and compiled once.
      FirstCommands.head();
      for (int atOnce : AT_ONCE) {
        var times = new ArrayList<Duration>();
        while (times.size() < CREATES) {
          times.addAll(firstCommands(daemon, api, atOnce));
        }
        FirstCommands.row("a machine that takes no time", atOnce, times);
      }
    }
  }

  private List<Duration> firstCommands(FakeMachinesDaemon daemon, BenchApi api, int many)
      throws Exception {
    Queue<String> made = new ConcurrentLinkedQueue<>();
    var guest = new FakeGuest();
    List<Duration> times =
        FirstCommands.atOnce(
            many,
            () -> {
              String body =
                  "{\"userId\":\"user-%d\",\"vmType\":\"cli\"}".formatted(users.incrementAndGet());
              String id = api.created(body).path("vmId").asString();
              made.add(id);
              daemon.signIn(new VmId(id), guest);
              api.execute(id, "cat");
              return id;
            });
    for (String id : made) {
      assertThat(daemon.run("rm", id).code()).isZero();
    }
    return times;
  }
}
