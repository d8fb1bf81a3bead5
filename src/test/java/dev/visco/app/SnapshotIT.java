package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.ViscoUnderTest;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A real guest goes back to what it was, memory and disk, and is verified anew. */
class SnapshotIT {
  @ParameterizedTest
  @MethodSource("dev.visco.outer.Transports#mmio")
  void aVmGoesBackToItsSnapshotAndNothingIsLeft(String transport) throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String vm = visco.create("--transport", transport);
      // On the disk, in memory alone, and a process that runs.
      visco.ok(
          "exec", vm, "--", "sh", "-c", "echo before >/srv/disk; echo before >/run/memory; sync");
      visco.ok(
          "exec",
          vm,
          "--",
          "sh",
          "-c",
          "(while sleep 0.2; do date +%s >/run/tick; done) >/dev/null 2>&1 </dev/null &");
      assertThat(visco.ok("snapshot", "create", vm, "--name", "first")).isEqualTo("first\n");
      assertThat(visco.ok("snapshot", "ls")).contains("first", vm, "whole", "qemu");
      assertThat(visco.json("ps").get(0).path("state").asString()).isEqualTo("ready");

      visco.ok(
          "exec", vm, "--", "sh", "-c", "echo after >/srv/disk; echo after >/run/memory; sync");
      visco.killDaemon();
      visco.ok("up");
      assertThat(visco.ok("snapshot", "restore", "first")).isEqualTo(vm + "\n");
      assertThat(visco.ok("exec", vm, "--", "cat", "/srv/disk", "/run/memory"))
          .isEqualTo("before\nbefore\n");
      long guest = Long.parseLong(visco.ok("exec", vm, "--", "date", "+%s").strip());
      assertThat(guest)
          .as("its clock is set")
          .isCloseTo(Instant.now().getEpochSecond(), org.assertj.core.data.Offset.offset(5L));
      assertThat(visco.ok("report", vm)).contains("a command ran in the guest");

      assertThat(visco.ok("snapshot", "rm", "first")).isEqualTo("first\n");
      assertThat(visco.data().resolve("vms").resolve(vm).resolve("snapshots")).isEmptyDirectory();
      visco.ok("snapshot", "create", vm);
      visco.ok("rm", vm);
      assertThat(visco.json("snapshot", "ls")).isEmpty();
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }
}
