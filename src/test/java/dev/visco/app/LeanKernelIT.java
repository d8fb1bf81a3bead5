package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Real guests with the kernel lean, on both transports; with --all. */
@ExtendWith(OuterNetwork.Extension.class)
class LeanKernelIT {
  /** What our images' guests use of a kernel: each line ends with a word that says what failed. */
  private static final String USES =
      """
      fail() { echo "not there: $1"; exit 1; }
      grep -q '^nameserver' /etc/resolv.conf || fail nameserver
      [ ! -e /proc/modules ] || [ ! -s /proc/modules ] || fail 'no modules'
      mount -t tmpfs tmpfs /mnt || fail tmpfs
      mkdir -p /mnt/l /mnt/u /mnt/w /mnt/o
      mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/o || fail overlay
      [ -e /dev/fuse ] || fail fuse
      [ -e /dev/net/tun ] || fail tun
      [ -e /dev/ptmx ] || fail terminals
      mkdir -p /mnt/cgroup && mount -t cgroup2 cgroup2 /mnt/cgroup || fail cgroups
      grep -q memory /mnt/cgroup/cgroup.controllers || fail 'memory of cgroups'
      unshare --user --map-root-user --pid --fork --mount --net --ipc --uts true || fail namespaces
      grep -q '^Seccomp_filters' /proc/self/status || fail seccomp
      ip link add veth0 type veth peer name veth1 || fail veth
      ip link add br0 type bridge || fail bridge
      truncate -s 8M /mnt/disk && mke2fs -q /mnt/disk && mkdir /mnt/d && mount -o loop /mnt/disk /mnt/d || fail loop
      for name in squashfs erofs fuse ext4 iso9660; do grep -qw $name /proc/filesystems || fail $name; done
      zcat /proc/config.gz | grep -q '^CONFIG_NF_TABLES=y' || fail nftables
      read -r rng </sys/class/misc/hw_random/rng_current && [ "${rng%%.*}" = virtio_rng ] || fail randomness
      echo all there
      """;

  private static JsonNode create(ViscoUnderTest visco, String type, String transport) {
    String body =
        "{\"userId\":\"lean\",\"vmType\":\"%s\",\"transport\":\"%s\"}".formatted(type, transport);
    return visco.post("/api/vms?wait=ready", body);
  }

  @Test
  void guestsOfBothTransportsMeetEveryCriterionAndHaveWhatTheyUse() {
    try (var visco = ViscoUnderTest.withLean(Map.of()).up()) {
      JsonNode image = visco.json("image", "inspect", "cli");
      assertThat(image.path("manifest").path("choices").path("kernel").asString())
          .isEqualTo("lean");
      String release = image.path("manifest").path("kernelRelease").asString();
      assertThat(visco.ok("image", "ls")).contains(release);
      for (String transport : List.of("mmio", "pci")) {
        JsonNode made = create(visco, "cli", transport);
        String vm = made.path("vmId").asString();
        assertThat(made.path("state").asString()).as(made.toString()).isEqualTo("ready");
        JsonNode report = visco.json("report", vm);
        assertThat(report.path("met").asBoolean()).as(report.toString()).isTrue();
        assertThat(report.path("timeline").propertyNames())
            .contains("kernel", "root", "init", "network", "ssh");
        assertThat(visco.ok("exec", vm, "--", "uname", "-r").strip()).isEqualTo(release);
        assertThat(visco.ok("exec", vm, "--", "sh", "-c", USES)).contains("all there");
        assertThat(visco.ok("logs", vm)).doesNotContain("visco-initramfs");
        visco.ok("stop", vm);
        visco.ok("start", vm);
        visco.awaitReady(vm);
        String clone = visco.ok("fork", vm, "-n", "1").strip();
        assertThat(visco.ok("exec", clone, "--", "uname", "-r").strip()).isEqualTo(release);
        visco.ok("rm", "--all", "-f");
      }
    }
  }

  @Test
  void aDesktopComesUpOnBothTransports() {
    try (var visco = ViscoUnderTest.withLean(Map.of()).up()) {
      for (String transport : List.of("mmio", "pci")) {
        JsonNode made = create(visco, "browser", transport);
        assertThat(made.path("state").asString()).as(made.toString()).isEqualTo("ready");
        JsonNode report = visco.json("report", made.path("vmId").asString());
        assertThat(report.path("met").asBoolean()).as(report.toString()).isTrue();
        assertThat(report.path("timeline").propertyNames()).contains("desktop");
        visco.ok("rm", made.path("vmId").asString());
      }
    }
  }
}
