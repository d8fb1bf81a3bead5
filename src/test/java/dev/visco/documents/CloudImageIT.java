package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.image.DebianDisk;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A distribution's cloud image as it is, from its file to a VM that is proven to work: the walk of
 * docs/bring-your-own.md.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "an emulated systemd takes minutes to its first prompt")
class CloudImageIT {
  @TempDir private Path folder;

  @Test
  void aCloudImageIsReadyWithoutALineOfOursInIt() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      var run =
          new DocumentRun(
                  words -> {
                    CommandResult result = visco.run(words.toArray(String[]::new));
                    return new DocumentRun.Outcome(
                        result.exitCode(), result.output(), result.error());
                  })
              .with("greeting:", Files.writeString(folder.resolve("greeting"), "good day\n") + ":")
              .with("/srv/debian-12-genericcloud-amd64.qcow2", DebianDisk.qcow2().toString());
      List<FencedBlock> blocks =
          FencedBlock.of(Path.of("docs/bring-your-own.md")).stream()
              .filter(block -> block.section().equals("From a cloud image"))
              .filter(FencedBlock::hasCommands)
              .toList();
      assertThat(blocks).hasSize(1);
      blocks.forEach(run::run);
      itIsDebian(visco, run.filled("$VM"));
    }
  }

  private static void itIsDebian(ViscoUnderTest visco, String vm) {
    JsonNode disk = visco.json("image", "inspect", "debian").path("manifest").path("disk");
    assertThat(disk.path("format").asString()).isEqualTo("qcow2");
    assertThat(disk.path("system").asString()).startsWith("Debian GNU/Linux 12");
    assertThat(disk.path("cloudInit").asBoolean()).isTrue();
    assertThat(disk.path("kernel").asString()).startsWith("/boot/vmlinuz-");
    assertThat(disk.path("initrd").asString()).startsWith("/boot/initrd.img-");
    assertThat(visco.ok("exec", vm, "cat", "/proc/1/comm")).isEqualTo("systemd\n");
    assertThat(visco.ok("exec", vm, "hostname").strip()).isEqualTo("shop");
    assertThat(visco.ok("exec", vm, "cat", "/etc/greeting")).isEqualTo("good day\n");
    assertThat(visco.ok("exec", vm, "ip", "-4", "-o", "addr", "show", "dev", "eth0").lines())
        .as("one address, and none of DHCP")
        .hasSize(1);
    CommandResult stopped = visco.run("stop", vm);
    assertThat(stopped.exitCode()).as(stopped.error()).isZero();
    assertThat(visco.ok("logs", vm)).contains("Power down");
  }
}
