package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
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
      assertThat(visco.data().resolve("snapshots")).isEmptyDirectory();
      visco.ok("snapshot", "create", vm);
      theDiskAloneIsFrozenAndBoots(visco, vm);
      keptOutlivesItsVm(visco, vm);
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }

  private static void theDiskAloneIsFrozenAndBoots(ViscoUnderTest visco, String vm)
      throws Exception {
    visco.ok("exec", vm, "--", "sh", "-c", "echo saved >/srv/disk; echo of-then >/run/memory");
    var made = visco.json("snapshot", "create", vm, "--name", "disk", "--disk-only");
    assertThat(made.path("consistency").asString()).isEqualTo("frozen");
    // Thawed: whoever writes does not wait.
    visco.ok("exec", vm, "--", "sh", "-c", "echo later >/srv/disk; sync");
    visco.ok("snapshot", "restore", "disk");
    assertThat(visco.ok("exec", vm, "--", "cat", "/srv/disk")).isEqualTo("saved\n");
    assertThat(visco.ok("exec", vm, "--", "sh", "-c", "test -e /run/memory || echo booted"))
        .isEqualTo("booted\n");
    visco.ok("snapshot", "rm", "disk");
  }

  private static void keptOutlivesItsVm(ViscoUnderTest visco, String vm) throws Exception {
    visco.ok("snapshot", "create", vm, "--name", "kept", "--keep");
    assertThat(visco.ok("snapshot", "verify", "kept")).startsWith("kept is whole");
    String file = visco.data().resolveSibling("kept.snapshot.tar.zst").toString();
    visco.ok("snapshot", "export", "kept", "-o", file);
    visco.ok("rm", vm);
    assertThat(visco.json("snapshot", "ls").findValuesAsString("name")).containsExactly("kept");
    assertThat(visco.ok("snapshot", "import", file, "copy")).isEqualTo("copy\n");
    assertThat(visco.ok("snapshot", "verify", "copy")).startsWith("copy is whole");
    var details = visco.json("snapshot", "inspect", "copy");
    assertThat(details.path("hasKeys").asBoolean()).isTrue();
    assertThat(details.path("retention").asString()).isEqualTo("kept");
    visco.ok("snapshot", "rm", "kept", "copy");
    assertThat(visco.data().resolve("snapshots")).isEmptyDirectory();
    Files.delete(Path.of(file));
  }
}
