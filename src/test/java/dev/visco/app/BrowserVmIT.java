package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.verify.BootReport;
import dev.visco.wire.Json;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Browser VMs from their creation to a picture of their desktop. */
@ExtendWith(OuterNetwork.Extension.class)
class BrowserVmIT {
  @TempDir Path folder;

  @Test
  void aBrowserVmIsReadyOnceItsDesktopWasSeen() throws IOException {
    try (var visco = ViscoUnderTest.withImages(Map.of()).up()) {
      String mmio = visco.create("--type", "browser", "--no-wait", "--transport", "mmio");
      String pci = visco.create("--type", "browser", "--no-wait", "--transport", "pci");
      for (String vm : List.of(mmio, pci)) {
        JsonNode found = BootReportsIT.settled(visco, vm);
        assertThat(found.path("state").asString()).as(found.toString()).isEqualTo("ready");
        Path own = visco.data().resolve("vms").resolve(vm);
        everyCriterionIsMet(own, vm.equals(pci));
        isADesktop(own.resolve("desktop.png"));
        assertThat(Files.getPosixFilePermissions(own.resolve("desktop.png")))
            .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        healthy(visco, vm);
      }
      screenshots(visco, mmio);
      refusals(visco, pci);
    }
  }

  private static void everyCriterionIsMet(Path own, boolean isPci) throws IOException {
    BootReport report = Json.read(Files.readString(own.resolve("report.json")), BootReport.class);
    assertThat(report.met()).isTrue();
    Set<Integer> outside = isPci ? Set.of() : Set.of(2);
    assertThat(report.criteria())
        .allSatisfy(line ->
            assertThat(line.verdict())
                .as(line.toString())
                .isEqualTo(outside.contains(line.number()) ? "not-applicable" : "met"));
    assertThat(evidence(report, 7)).contains("101");
    assertThat(evidence(report, 8)).isEqualTo("RFB 003.008");
    assertThat(evidence(report, 9))
        .isEqualTo("a tool runs as user with the screen :0, and its links are passed on");
    assertThat(evidence(report, 10)).matches("\\d+x\\d+, \\d+ colours, desktop\\.png");
    assertThat(report.timeline()).containsKeys("ssh", "vnc", "desktop");
    assertThat(report.timeline().get("desktop"))
        .isGreaterThanOrEqualTo(report.timeline().get("vnc"));
  }

  private static String evidence(BootReport report, int number) {
    return report.criteria().stream()
        .filter(line -> line.number() == number)
        .findFirst()
        .orElseThrow()
        .evidence();
  }

  private static void isADesktop(Path file) throws IOException {
    BufferedImage picture = ImageIO.read(file.toFile());
    assertThat(picture).as("a PNG").isNotNull();
    assertThat(picture.getWidth()).isGreaterThanOrEqualTo(640);
    var colours = new HashSet<Integer>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        colours.add(picture.getRGB(x, y));
      }
    }
    assertThat(colours).hasSizeGreaterThan(1);
  }

  private static void healthy(ViscoUnderTest visco, String vm) {
    CommandResult diagnosed = visco.run("diagnose", vm);
    assertThat(diagnosed.exitCode()).as(diagnosed.output()).isZero();
    assertThat(diagnosed.output()).contains("Nothing is wrong");
  }

  private void screenshots(ViscoUnderTest visco, String vm) throws IOException {
    Path file = folder.resolve("shot.png");
    visco.ok("screenshot", vm, file.toString());
    isADesktop(file);
    CommandResult again = visco.run("screenshot", vm, file.toString());
    assertThat(again.exitCode()).isEqualTo(3);
    assertThat(again.error()).contains("is there already", "--force");
    visco.ok("screenshot", vm, file.toString(), "--force");
    isADesktop(file);
    String views = visco.text("/api/vms/" + vm + "/views");
    assertThat(Json.read(views, JsonNode.class).valueStream().map(it -> it.path("user").asString()))
        .as("Visco's own looks are known as such")
        .isNotEmpty()
        .containsOnly("(visco)");
    String kept = System.getProperty("visco.screenshot", "");
    if (!kept.isEmpty()) {
      Files.copy(file, Path.of(kept), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void refusals(ViscoUnderTest visco, String vm) {
    String cli = visco.create();
    CommandResult none = visco.run("screenshot", cli, folder.resolve("none.png").toString());
    assertThat(none.exitCode()).isEqualTo(4);
    assertThat(none.error()).contains("--type browser");
    assertThat(folder.resolve("none.png")).doesNotExist();
    String report = visco.ok("report", cli);
    assertThat(report).contains("the image has no desktop");

    visco.ok("pause", vm);
    CommandResult paused = visco.run("screenshot", vm, folder.resolve("paused.png").toString());
    assertThat(paused.exitCode()).isEqualTo(3);
    assertThat(paused.error()).contains("is paused", "visco resume");
    visco.ok("resume", vm);
    visco.ok("screenshot", vm, folder.resolve("resumed.png").toString());
  }
}
