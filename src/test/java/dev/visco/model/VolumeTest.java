package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a volume may be called, where it may be mounted, and how large it may be. */
class VolumeTest {
  @Test
  void anIdFitsIntoALabelOfExt4() {
    assertThat(VolumeId.random(new Random(1)).value()).matches("vol-[0-9a-f]{8}").hasSize(12);
    assertThatThrownBy(() -> new VolumeId("vol-1")).isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Data", "-a", "a_b", "a/b", "a:b", "../a"})
  void whatIsNoNameIsRefused(String name) {
    assertThatThrownBy(() -> new VolumeName(name))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("volume \"" + name + "\"");
  }

  @Test
  void theLongestTypeHasAHome() {
    assertThat(VolumeName.home("t".repeat(32)).value()).startsWith("home-t");
    assertThatThrownBy(() -> new VolumeName("a".repeat(64))).isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/data", "/srv/data", "/root", "/home/user", "/usr/local/data", "/var/lib/x"})
  void aPathOfItsOwnIsTaken(String path) {
    assertThat(new MountPath(path)).hasToString(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "data",
        "/data/",
        "//data",
        "/a/../b",
        "/..",
        "/a/./b",
        "/a b",
        "/a\nb",
        "/a'b",
        "/proc",
        "/proc/1",
        "/sys",
        "/dev/vda",
        "/run",
        "/run/visco",
        "/etc",
        "/usr",
        "/var",
        "/lib64"
      })
  void whatBelongsToTheGuestsSystemOrIsNoPathIsRefused(String path) {
    assertThatThrownBy(() -> new MountPath(path))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("path \"");
  }

  @Test
  void aPathHasABound() {
    assertThat(new MountPath("/" + "a".repeat(127)).value()).hasSize(128);
    assertThatThrownBy(() -> new MountPath("/" + "a".repeat(128))).isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, (16 << 20) - 1, 16L << 40})
  void aSizeThatNoVolumeHasIsRefused(long bytes) {
    assertThatThrownBy(() -> Volume.checkSize("size", bytes))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("size \"");
  }
}
