package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.ViscoUnderTest;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real guest writes to a volume is there in the next VM, whatever became of the first. */
class VolumeIT {
  private static String sh(ViscoUnderTest visco, String vm, String script) {
    return visco.ok("exec", vm, "--", "sh", "-c", script);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mmio", "pci"})
  void aVolumeOutlivesItsVmsAndIsOnesAlone(String transport) {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      assertThat(visco.ok("volume", "create", "data", "--size", "64m")).isEqualTo("data\n");
      visco.ok("volume", "create", "more", "--size", "32m");
      String first =
          visco.create(
              "--transport",
              transport,
              "--volume",
              "data:/srv/data",
              "--volume",
              "more:/srv/data/more");
      assertThat(visco.ok("report", first))
          .contains("volume data  /srv/data", "volume more  /srv/data/more", "mounted rw");
      sh(visco, first, "echo kept >/srv/data/file && echo too >/srv/data/more/file && sync");
      assertThat(visco.ok("volume", "ls")).contains("data", "64m", first, "/srv/data");

      CommandResult second = visco.run("create", "--volume", "data:/data");
      assertThat(second.exitCode()).isEqualTo(3);
      assertThat(second.error()).contains("attached to " + first, "visco rm " + first);
      CommandResult refused = visco.run("volume", "rm", "data");
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.error()).contains("attached to " + first);

      visco.ok("rm", first);
      assertThat(visco.json("volume", "inspect", "data").has("vmId")).isFalse();
      visco.killDaemon();
      visco.ok("up", "--no-vm");
      String next =
          visco.create(
              "--transport",
              transport,
              "--volume",
              "data:/mnt/data:ro",
              "--volume",
              "more:/mnt/more");
      assertThat(sh(visco, next, "cat /mnt/data/file /mnt/more/file")).isEqualTo("kept\ntoo\n");
      assertThat(visco.run("exec", next, "--", "touch", "/mnt/data/new").exitCode()).isNotZero();
      sh(visco, next, "touch /mnt/more/new");
      assertThat(visco.ok("report", next)).contains("mounted ro");
      visco.ok("rm", next);
      visco.ok("volume", "rm", "data", "more");
      assertThat(visco.data().resolve("volumes")).isEmptyDirectory();
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }
}
