package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.host.NotifySocket;
import dev.visco.host.ProcessRef;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code daemon status|stop|restart} of the real program, beside a guest that goes on running. */
@ExtendWith(OuterNetwork.Extension.class)
class DaemonCommandIT {
  @TempDir Path folder;

  @Test
  void aDaemonIsStoppedAndRestartedAndItsVmGoesOn() {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String vm = visco.create("--user", "anna");
      String boot = visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id");
      JsonNode status = visco.json("daemon", "status");
      long first = visco.daemonPid();
      assertThat(status.path("status").asString()).isEqualTo("running");
      assertThat(status.path("pid").asLong()).isEqualTo(first);

      assertThat(visco.json("daemon", "stop").path("stopped").asBoolean()).isTrue();
      assertThat(ProcessRef.find(first)).as("a zombie is no process").isEmpty();
      CommandResult stopped = visco.run("daemon", "status");
      assertThat(stopped.exitCode()).as(stopped.output()).isEqualTo(3);
      assertThat(stopped.output()).startsWith("stopped: no daemon uses " + visco.data());
      assertThat(visco.run("ps").exitCode()).as("nobody answers").isEqualTo(5);
      assertThat(visco.json("daemon", "stop").path("stopped").asBoolean()).isFalse();

      JsonNode restarted = visco.json("daemon", "restart");
      assertThat(restarted.path("pid").asLong()).isEqualTo(visco.daemonPid());
      long second = visco.daemonPid();
      assertThat(second).isNotEqualTo(first);
      visco.ok("daemon", "restart");
      assertThat(visco.daemonPid()).isNotEqualTo(second);
      visco.ok("daemon", "status");
      assertThat(visco.ok("exec", vm, "cat", "/proc/sys/kernel/random/boot_id"))
          .as("the guest has not been started again")
          .isEqualTo(boot);
      CommandResult up = visco.run("up");
      assertThat(up.exitCode()).as(up.error()).isZero();
      assertThat(up.output() + up.error()).as("no example where there is a VM").contains("1 VM");
      assertThat(visco.json("ps")).hasSize(1);
      JsonNode there = visco.json("up");
      assertThat(there.path("address").asString())
          .as("of a port that is another one after each start")
          .isEqualTo(visco.json("daemon", "status").path("address").asString());
      assertThat(there.has("vm")).as("no example").isFalse();
    }
  }

  @Test
  void aServiceManagerIsToldWhenTheDaemonServesAndWhenItEnds() throws Exception {
    Path path = folder.resolve("notify");
    try (var socket = new NotifySocket(path);
        var visco =
            ViscoUnderTest.empty(
                Map.of("NOTIFY_SOCKET", path.toString(), "WATCHDOG_USEC", "30000000"))) {
      Path said = folder.resolve("said");
      Process daemon = visco.start(said, "daemon");
      while (!socket.lines(30_000).contains("READY=1")) {
        assertThat(daemon.isAlive()).as(Files.readString(said)).isTrue();
      }
      assertThat(visco.ok("daemon", "status")).startsWith("running: ");
      visco.ok("daemon", "stop");
      assertThat(daemon.waitFor()).as(Files.readString(said)).isEqualTo(143);
      assertThat(said).content().contains("serving on", "VMs go on running");
      while (!socket.lines(1000).contains("STOPPING=1")) {
        assertThat(socket.lines(0)).contains("WATCHDOG=1");
      }
      assertThat(visco.data().resolve("daemon.out"))
          .as("its words are the manager's")
          .doesNotExist();
      assertThat(Files.exists(visco.data().resolve("port"))).isTrue();
    }
  }
}
