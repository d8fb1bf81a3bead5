package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A VM with a disk larger than its image's, in which its guest's file system has grown. */
@ExtendWith(OuterNetwork.Extension.class)
class DiskSizeIT {
  private static final String IMAGES_OWN = "2050m";

  @ParameterizedTest
  @ValueSource(strings = {"mmio", "pci"})
  void theGuestHasAllOfItAndItIsShown(String transport) {
    try (var visco = ViscoUnderTest.withImage(Map.of())) {
      visco.up();
      String vm = visco.create("--disk", "5g", "--transport", transport);
      JsonNode shown = visco.json("inspect", vm);
      assertThat(shown.path("diskMib").asInt()).isEqualTo(5120);
      assertThat(visco.ok("ps", "-o", "wide")).contains(" 5g ");

      String seen =
          visco.ok(
              "exec",
              vm,
              "--",
              "sh",
              "-c",
              "df -m / | tail -n 1; cat /sys/class/block/vda/size /sys/class/block/vda1/size;"
                  // Beyond the image's own end, if anything is.
                  + " dd if=/dev/zero of=/srv/far bs=1M count=8 2>&1 && sync;"
                  + " dmesg | grep -i -e 'vda.*error' -e 'EXT4-fs error' -e 'alternate GPT';"
                  + " mount -o remount,ro / 2>&1; e2fsck -fn /dev/vda1; echo e2fsck $?");
      assertThat(seen.lines().toList().getFirst().split("\\s+")[1])
          .satisfies(mib -> assertThat(Integer.parseInt(mib)).isBetween(4900, 5118));
      assertThat(seen.lines().toList().subList(1, 3))
          .containsExactly("10485760", Integer.toString((5120 - 2) * 2048));
      assertThat(seen).doesNotContain("error", "GPT:");
      assertThat(seen.strip()).endsWith("e2fsck 0");
      assertThat(visco.ok("logs", vm)).contains("visco: the root file system grew to 5118 MiB");

      assertThat(visco.run("create", "--disk", "1g").error())
          .contains("less than the image cli has (" + IMAGES_OWN + ")");
      String plain = visco.create("--transport", transport);
      assertThat(visco.json("inspect", plain).path("diskMib").asInt()).isEqualTo(2050);
      assertThat(visco.ok("logs", plain)).doesNotContain("root file system grew");
      visco.ok("exec", plain, "sh", "-c", "echo kept > /srv/kept; sync");
      assertThat(visco.run("update", plain, "--disk", "2g").error()).contains("disks only grow");
      assertThat(visco.run("update", plain, "--memory", "40m").error()).contains("40");
      assertThat(visco.run("update", plain, "--disk", "3g", "--memory", "320m").error())
          .contains("takes effect at the next start: visco restart " + plain);
      assertThat(visco.json("inspect", plain).path("pending").path("memoryMib").asInt())
          .isEqualTo(320);
      visco.ok("restart", plain);
      assertThat(visco.json("inspect", plain).has("pending")).isFalse();
      String now =
          visco.ok(
              "exec", plain, "sh", "-c", "cat /srv/kept; free -m | grep Mem; df -m / | tail -n 1");
      List<String> lines = now.lines().toList();
      assertThat(lines.getFirst()).isEqualTo("kept");
      assertThat(Integer.parseInt(lines.get(1).split("\\s+")[1])).isBetween(257, 320);
      assertThat(Integer.parseInt(lines.get(2).split("\\s+")[1])).isBetween(2500, 3070);
    }
  }
}
