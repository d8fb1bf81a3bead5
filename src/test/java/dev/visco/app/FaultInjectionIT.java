package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * System calls of the daemon, and of the programs that it starts meanwhile, fail by turns: strace
 * has the kernel answer them with an error (strace(1), {@code inject}). Whatever becomes of what
 * was asked for meanwhile, no VM is killed, and no row says what its files do not.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class FaultInjectionIT {
  private final LinuxHost host = new LinuxHost();

  /** Which calls fail, and how; every third or so, so that some work is done in between. */
  enum Point {
    STORE_FULL("pwrite64,write", "ENOSPC", "1+3", true),
    STORE_WRITE_BROKEN("pwrite64,write", "EIO", "2+3", true),
    STORE_SYNC_BROKEN("fsync,fdatasync", "EIO", "1+2", true),
    FILES_FULL("write,pwrite64,ftruncate,copy_file_range", "ENOSPC", "40+40", false),
    SYNC_BROKEN("fsync,fdatasync", "EIO", "2+3", false),
    RENAME_FULL("rename,renameat,renameat2", "ENOSPC", "1+2", false),
    RENAME_BROKEN("rename,renameat,renameat2", "EIO", "2+2", false),
    NO_DESCRIPTORS("openat,socket,accept4,pipe2", "EMFILE", "40+200", false),
    NO_PROCESSES("clone,clone3,vfork", "EAGAIN", "2+3", false);

    private final String calls;
    private final String error;
    private final String when;
    private final boolean isOfStore;

    Point(String calls, String error, String when, boolean isOfStore) {
      this.calls = calls;
      this.error = error;
      this.when = when;
      this.isOfStore = isOfStore;
    }

    List<String> strace(Path data) {
      var words =
          new ArrayList<>(
              List.of("strace", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + calls));
      words.addAll(List.of("-e", "inject=" + calls + ":error=" + error + ":when=" + when));
      if (isOfStore) {
        for (String file : List.of("visco.db", "visco.db-wal")) {
          words.addAll(List.of("-P", data.resolve(file).toString()));
        }
      }
      return words;
    }
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void noVmIsKilledAndNoRowIsAheadOfItsFile(Point point) throws Exception {
    assumeTrue(
        host.run(Command.of("sh", "-c", "command -v strace")).succeeded(),
        "strace is not installed (apt-get install strace)");
    try (var visco = ViscoUnderTest.withImage(Map.of())) {
      visco.up();
      String kept = visco.create();
      visco.ok("exec", kept, "--", "sh", "-c", "echo precious >/srv/kept && sync");
      String removed = visco.create();
      long machine = pid(visco, kept);

      List<String> asked = whileCallsFail(point, visco, kept, removed);
      System.out.println(point + ": " + asked);

      settle(visco);
      assertThat(pid(visco, kept)).as("its machine").isEqualTo(machine);
      assertThat(ProcessHandle.of(machine)).isPresent();
      assertThat(visco.ok("exec", kept, "--", "cat", "/srv/kept").strip()).isEqualTo("precious");
      assertRowsAndFilesAgree(visco);
      visco.killDaemon();
      visco.up();
      settle(visco);
      assertThat(pid(visco, kept)).as("recovered").isEqualTo(machine);
      assertRowsAndFilesAgree(visco);
      assertThat(visco.ok("events")).as("the store was never damaged").doesNotContain("rebuilt");
      assertThat(visco.create()).as("all works again").startsWith("vm-");
    }
  }

  /** Asks for this and that while calls fail; gives how each ended. */
  private List<String> whileCallsFail(
      Point point, ViscoUnderTest visco, String kept, String removed)
      throws IOException, InterruptedException {
    long daemon = visco.daemonPid();
    var words = point.strace(visco.data());
    words.addAll(List.of("-p", Long.toString(daemon)));
    Process strace = new ProcessBuilder(words).redirectErrorStream(true).start();
    var ended = new ArrayList<String>();
    try {
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> isTraced(daemon));
      for (List<String> command :
          List.of(
              List.of("create", "--no-wait"),
              List.of("snapshot", "create", kept, "--name", "one"),
              List.of("rm", "--no-wait", removed),
              List.of("pause", kept),
              List.of("resume", kept),
              List.of("create", "--no-wait"),
              List.of("snapshot", "create", kept, "--name", "two"))) {
        CommandResult result = visco.run(command.toArray(String[]::new));
        ended.add(command.getFirst() + " " + result.exitCode());
      }
    } finally {
      strace.destroy(); // It lets go of whom it traces.
      assertThat(strace.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    return ended;
  }

  /** Every thread that there is by now; strace goes through them one after another. */
  private static boolean isTraced(long daemon) throws IOException {
    try (var threads = Files.list(Path.of("/proc", Long.toString(daemon), "task"))) {
      return threads.allMatch(thread -> {
        try {
          return !Files.readString(thread.resolve("status")).contains("TracerPid:\t0\n");
        } catch (IOException e) {
          return true; // It has just ended.
        }
      });
    }
  }

  /** The daemon works, or is started again where it ended; nothing is under way any more. */
  private static void settle(ViscoUnderTest visco) {
    if (ProcessHandle.of(visco.daemonPid()).isEmpty()) {
      visco.up();
    }
    Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> {
          assertThat(visco.json("ps"))
              .allSatisfy(vm ->
                  assertThat(vm.path("state").asString())
                      .isIn("ready", "paused", "failed", "stopped"));
        });
    for (JsonNode vm : visco.json("ps")) {
      if (vm.path("state").asString().equals("paused")) {
        visco.ok("resume", vm.path("vmId").asString());
      }
    }
  }

  private static long pid(ViscoUnderTest visco, String vm) {
    return visco.json("inspect", vm).path("pid").asLong();
  }

  private static void assertRowsAndFilesAgree(ViscoUnderTest visco) throws IOException {
    Path vms = visco.data().resolve("vms");
    var known = visco.json("ps").values().stream().map(vm -> vm.path("vmId").asString()).toList();
    assertThat(names(vms)).as("folders of VMs").isSubsetOf(known);
    for (JsonNode vm : visco.json("ps")) {
      if (vm.path("state").asString().equals("ready")) {
        Path folder = vms.resolve(vm.path("vmId").asString());
        assertThat(names(folder)).contains("root.qcow2", "seed.img", "report.json");
        visco.ok("exec", vm.path("vmId").asString(), "--", "true");
      }
    }
    var snapshots = new ArrayList<String>();
    for (JsonNode snapshot : visco.json("snapshot", "ls")) {
      Path files =
          vms.resolve(snapshot.path("vmId").asString())
              .resolve("snapshots")
              .resolve(snapshot.path("name").asString());
      assertThat(names(files)).as(snapshot.toString()).contains("parts.sha256", "machine");
      snapshots.add(files.toString());
    }
    for (String vm : known) {
      Path folder = vms.resolve(vm).resolve("snapshots");
      assertThat(names(folder).stream().map(name -> folder.resolve(name).toString()))
          .as("files of snapshots")
          .isSubsetOf(snapshots);
    }
  }

  /** Without those that begin with a dot, which are on their way to be removed. */
  private static Set<String> names(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Set.of();
    }
    try (var entries = Files.list(folder)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .collect(Collectors.toSet());
    }
  }
}
