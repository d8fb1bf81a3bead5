package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The host's disk fills up under a guest that writes. */
@ExtendWith(OuterNetwork.Extension.class)
class DiskFullIT {
  private final LinuxHost host = new LinuxHost();

  @Test
  void itStandsStillIsNotCalledReadyAndGoesOnWithoutALossWhenThereIsRoom() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of())) {
      visco.up();
      Path vms = Files.createDirectories(visco.data().resolve("vms"));
      // Small, since what a guest writes to a tmpfs counts as memory of its VMM.
      mount("size=32m", "tmpfs", vms);
      try {
        String vm = visco.create();
        CompletableFuture<CommandResult> writes =
            CompletableFuture.supplyAsync(() ->
                visco.run(
                    "exec",
                    vm,
                    "--",
                    "sh",
                    "-c",
                    "head -c 60000000 /dev/urandom >/srv/fill && sync && sha256sum </srv/fill"
                        + " && sync && echo 3 >/proc/sys/vm/drop_caches && sha256sum </srv/fill"));
        awaitState(visco, vm, "paused");
        assertThat(vm(visco, vm).path("failure").asString()).contains("disk is full");
        assertThat(visco.ok("events")).contains(vm + " stands still");
        mount("remount,size=256m", "tmpfs", vms);
        awaitState(visco, vm, "ready");
        CommandResult written = writes.get(3, java.util.concurrent.TimeUnit.MINUTES);
        assertThat(written.exitCode()).as(written.error()).isZero();
        assertThat(written.output().lines().distinct()).as("nothing was lost").hasSize(1);
        visco.ok("down", "--yes");
        assertThat(visco.leftovers()).noneMatch(left -> !left.contains(vms.toString()));
      } finally {
        visco.run("down");
        host.check(Command.of("umount", "--lazy", vms.toString()));
      }
    }
  }

  private void mount(String options, String device, Path folder) {
    host.check(Command.of("mount", "-t", "tmpfs", "-o", options, device, folder.toString()));
  }

  private static JsonNode vm(ViscoUnderTest visco, String id) {
    for (JsonNode vm : visco.json("ps")) {
      if (vm.path("vmId").asString().equals(id)) {
        return vm;
      }
    }
    throw new AssertionError(id + " is not listed");
  }

  private static void awaitState(ViscoUnderTest visco, String id, String state) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> assertThat(vm(visco, id).path("state").asString()).isEqualTo(state));
  }
}
