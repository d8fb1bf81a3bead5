package dev.visco.bench;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The time from a request for a VM to its first command's answer, with real guests: of VMs that
 * wait, of clones and of VMs that boot, one at a time and several at once. Run it by {@code
 * bench/first-command}, which has the same with fake machines, see {@code FakeFirstCommandBench}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class FirstCommandBench {
  private static final int ONE_BY_ONE = Integer.getInteger("creates", 20);
  private static final int AT_ONCE = Integer.getInteger("at-once", 20);

  @TempDir private Path configuration;

  @Test
  void realGuests() throws Exception {
    Path types = Files.createDirectory(configuration.resolve("types"));
    Files.writeString(
        types.resolve("waiting.toml"),
        Files.readString(Path.of("types/cli.toml")) + "pool = " + AT_ONCE + "\n");
    var settings =
        Map.of("VISCO_CONFIG", configuration.toString(), "VISCO_VMS_PER_USER", 2 * AT_ONCE + "");
    try (var visco = ViscoUnderTest.withImage(settings).up();
        var api = BenchApi.of(visco)) {
      awaitWaiting(visco);
      String parent = api.created(body("cli")).path("vmId").asString();
      visco.ok("snapshot", "create", parent, "--name", "base", "--keep");
      visco.ok("rm", parent);
      FirstCommands.head();
      kind(visco, api, "from the pool", body("waiting"), "pool");
      kind(visco, api, "a clone", "{\"userId\":\"bench\",\"from\":\"base\"}", "clone");
      kind(visco, api, "a boot", body("cli"), "boot");
    }
  }

  private static String body(String type) {
    return "{\"userId\":\"bench\",\"vmType\":\"" + type + "\"}";
  }

  private static void kind(
      ViscoUnderTest visco, BenchApi api, String name, String body, String start) throws Exception {
    var times = new ArrayList<Duration>();
    for (int number = 0; number < ONE_BY_ONE; number++) {
      awaitWaiting(visco);
      times.addAll(firstCommands(visco, api, 1, body, start));
    }
    FirstCommands.row(name, 1, times);
    awaitWaiting(visco);
    FirstCommands.row(name, AT_ONCE, firstCommands(visco, api, AT_ONCE, body, start));
  }

  private static List<Duration> firstCommands(
      ViscoUnderTest visco, BenchApi api, int many, String body, String start) throws Exception {
    Queue<String> made = new ConcurrentLinkedQueue<>();
    List<Duration> times =
        FirstCommands.atOnce(
            many,
            () -> {
              JsonNode vm = api.created(body);
              String id = vm.path("vmId").asString();
              made.add(id);
              api.execute(id, "true");
              if (!vm.path("start").asString().equals(start)) {
                throw new IllegalStateException(vm + " is no " + start);
              }
              return id;
            });
    for (String id : made) {
      visco.ok("rm", id);
    }
    return times;
  }

  /** Until as many wait as there are to be, and nothing else is under way. */
  private static void awaitWaiting(ViscoUnderTest visco) throws Exception {
    while (visco.json("pool", "ls").get(0).path("ready").asInt() != AT_ONCE) {
      Thread.sleep(500);
    }
    Thread.sleep(1000);
  }
}
