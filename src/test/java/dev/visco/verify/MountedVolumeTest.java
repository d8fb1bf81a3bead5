package dev.visco.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.MountPath;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MountedVolumeTest {
  private static final List<VolumeMount> MOUNTS =
      List.of(
          new VolumeMount(
              new VolumeId("vol-00000001"),
              new VolumeName("data"),
              new MountPath("/data"),
              false,
              false),
          new VolumeMount(
              new VolumeId("vol-00000002"),
              new VolumeName("home-cli"),
              new MountPath("/root"),
              true,
              true));

  @Test
  void whatTheGuestHasMountedIsTold() {
    assertThat(MountedVolume.of(MOUNTS, Map.of("mounts", "/:rw /root:ro /data:rw "), ""))
        .containsExactly(
            new MountedVolume("data", "/data", true, "mounted rw"),
            new MountedVolume("home-cli", "/root", true, "mounted ro"));
    assertThat(MountedVolume.of(List.of(), Map.of("mounts", "/data:rw"), "")).isEmpty();
  }

  @Test
  void whatItCouldNotMountIsToldWithItsOwnReason() {
    String console =
        "x\nvisco: volume vol-00000001 is not mounted at /data: mount: wrong fs type \nvisco: more\n";
    assertThat(MountedVolume.of(MOUNTS, Map.of("mounts", "/root:ro"), console))
        .extracting(MountedVolume::mounted, MountedVolume::evidence)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(false, "mount: wrong fs type"),
            org.assertj.core.groups.Tuple.tuple(true, "mounted ro"));
  }

  @Test
  void theDiskOfToolsIsToldOfInTheSameWay() {
    assertThat(MountedVolume.tools("/opt/tools", Map.of("mounts", "/:rw /opt/tools:ro "), ""))
        .isEqualTo(new MountedVolume("tools", "/opt/tools", true, "mounted ro"));
    String console = "visco: volume tools is not mounted at /opt/tools: no disk has the UUID 1 \n";
    assertThat(MountedVolume.tools("/opt/tools", Map.of("mounts", "/:rw"), console))
        .isEqualTo(new MountedVolume("tools", "/opt/tools", false, "no disk has the UUID 1"));
    assertThat(MountedVolume.tools("/opt/tools", null, "").evidence()).contains("not be asked");
  }

  @Test
  void aGuestThatSaysNothingOrIsNotOursHasNotMountedThem() {
    assertThat(MountedVolume.of(MOUNTS, null, ""))
        .allMatch(one -> !one.mounted() && one.evidence().contains("could not be asked"));
    assertThat(MountedVolume.of(MOUNTS, Map.of("mounts", "odd  words: :"), ""))
        .allMatch(one -> !one.mounted() && one.evidence().contains("by its label"));
  }
}
