package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The host's disk fills up under guests that write. */
@ExtendWith(OuterNetwork.Extension.class)
class DiskFullIT {
  /** Prints the digest of what it wrote twice: once from memory, once from the disk. */
  private static final String WRITE =
      "head -c %d /dev/urandom >/srv/fill && sync && sha256sum </srv/fill"
          + " && sync && echo 3 >/proc/sys/vm/drop_caches && sha256sum </srv/fill";

  private static final String CHECK =
      "dmesg | grep -i -e 'I/O error' -e 'EXT4-fs error' -e 'vda.*error';"
          + " sync; mount -o remount,ro / && e2fsck -fn /dev/vda1; echo e2fsck $?";

  private final LinuxHost host = new LinuxHost();

  /** Work with a small file system of its own for VMs' disks. */
  private interface Work {
    void on(ViscoUnderTest visco, Path vms) throws Exception;
  }

  private void withSmallDisk(String size, Map<String, String> settings, Work work)
      throws Exception {
    try (var visco = ViscoUnderTest.withImage(settings)) {
      visco.up();
      Path vms = Files.createDirectories(visco.data().resolve("vms"));
      // Small, since what a guest writes to a tmpfs counts as memory of its VMM.
      mount("size=" + size, vms);
      try {
        work.on(visco, vms);
        visco.ok("down", "--yes");
        assertThat(visco.leftovers()).noneMatch(left -> !left.contains(vms.toString()));
      } finally {
        visco.run("down", "--yes");
        host.check(Command.of("umount", "--lazy", vms.toString()));
      }
    }
  }

  @Test
  void guestsThatWriteArePausedBeforeItIsFullAndGoOnWithoutALossWhenThereIsRoom() throws Exception {
    withSmallDisk(
        "120m",
        Map.of("VISCO_DISK_RESERVE", "24m"),
        (visco, vms) -> {
          var created =
              List.of(visco.create("--transport", "mmio"), visco.create("--transport", "pci"));
          var written = new ArrayList<CompletableFuture<CommandResult>>();
          for (String vm : created) {
            written.add(
                CompletableFuture.supplyAsync(
                    () -> visco.run("exec", vm, "--", "sh", "-c", WRITE.formatted(100_000_000))));
          }
          for (String vm : created) {
            awaitState(visco, vm, "paused");
            assertThat(vm(visco, vm).path("failure").asString())
                .contains("kept for Visco's own records (disk.reserve)")
                .contains("It is resumed automatically when there is room");
          }
          assertThat(free(vms)).as("its reserve is not used up").isPositive();
          assertThat(visco.ok("ps").lines().filter(line -> line.contains(" paused (disk) ")))
              .hasSize(2);
          assertThat(visco.ok("events"))
              .contains("disk-room", "nothing new is made below 39 MiB", "its reserve of 24 MiB")
              .contains(created.getFirst() + " is paused", created.getLast() + " is paused");
          assertThat(visco.text("/metrics"))
              .containsPattern("visco_vms_halted(\\{[^}]*})? 2")
              .containsPattern("visco_disk_reserve_bytes(\\{[^}]*})? (25165824|2.5165824E7)");
          CommandResult another = visco.run("create");
          assertThat(another.exitCode()).isNotZero();
          assertThat(another.error()).contains("MiB free\" (disk-full)", "visco ps --all");
          // Snapshots may lie elsewhere; there is no room for one either.
          Path snapshots = Files.createDirectories(visco.data().resolve("snapshots"));
          mount("size=48m", snapshots);
          try {
            assertRefused(visco, "snapshot", "create", created.getFirst());
          } finally {
            host.check(Command.of("umount", "--lazy", snapshots.toString()));
          }

          mount("remount,size=400m", vms);
          for (int number = 0; number < 2; number++) {
            awaitState(visco, created.get(number), "ready");
            CommandResult result = written.get(number).get(3, TimeUnit.MINUTES);
            assertThat(result.exitCode()).as(result.error()).isZero();
            assertThat(result.output().lines().distinct()).as("nothing was lost").hasSize(1);
            assertSound(visco, created.get(number));
          }
          assertThat(visco.ok("events"))
              .contains("has room again", "is resumed: the disk has room");
        });
  }

  private static void assertRefused(ViscoUnderTest visco, String... command) {
    CommandResult refused = visco.run(command);
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.error())
        .contains("MiB free; this")
        .contains("30 MiB must be left (the reserve of 24 MiB")
        .contains("visco snapshot ls");
  }

  /**
   * Nobody watches the room then, and QEMU itself stops the guest at the write that does not fit.
   */
  @Test
  void withoutADaemonQemuStopsItsGuestAndTheNextDaemonLetsItGoOn() throws Exception {
    withSmallDisk(
        "64m",
        Map.of("VISCO_DISK_RESERVE", "16m"),
        (visco, vms) -> {
          String vm = visco.create();
          String write = WRITE.formatted(80_000_000);
          visco.ok(
              "exec",
              vm,
              "--",
              "sh",
              "-c",
              "(sleep 3; " + write + ") >/run/written 2>&1 </dev/null &");
          visco.killDaemon();
          Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> free(vms) < 64 << 10);
          visco.up();
          awaitState(visco, vm, "paused");
          assertThat(vm(visco, vm).path("failure").asString())
              .contains("its VMM has stopped the guest at a write");

          mount("remount,size=256m", vms);
          awaitState(visco, vm, "ready");
          Awaitility.await()
              .atMost(Duration.ofMinutes(2))
              .until(() ->
                  visco.run("exec", vm, "--", "cat", "/run/written").output().lines().count() == 2);
          assertThat(visco.ok("exec", vm, "--", "cat", "/run/written").lines().distinct())
              .as("nothing was lost")
              .hasSize(1);
          assertSound(visco, vm);
        });
  }

  /** What its guest says of its disk and of the file system on it. */
  private static void assertSound(ViscoUnderTest visco, String vm) {
    String checked = visco.ok("exec", vm, "--", "sh", "-c", CHECK).strip();
    assertThat(checked).endsWith("e2fsck 0").doesNotContain("error");
  }

  private static long free(Path folder) throws IOException {
    return Files.getFileStore(folder).getUsableSpace();
  }

  private void mount(String options, Path folder) {
    host.check(Command.of("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString()));
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
