package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.InstallationId;
import dev.visco.vmm.SpecBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which control groups a host has, and what they limit. */
class CgroupsTest {
  private static final String FIRST = "cgroup /sys/fs/cgroup/%1$s cgroup rw,relatime,%1$s 0 0";

  @TempDir Path folder;

  private String second(String controllers) throws IOException {
    Files.writeString(folder.resolve("cgroup.controllers"), controllers + "\n");
    return "cgroup2 " + folder + " cgroup2 rw,relatime 0 0";
  }

  @Test
  void versionTwoWhereItHasMemoryAndProcessors() throws IOException {
    Cgroups found =
        Cgroups.of(List.of(FIRST.formatted("memory"), second("cpuset cpu io memory pids")));
    assertThat(found.version()).isEqualTo(2);
    assertThat(found.arguments(new SpecBuilder().build()))
        .containsExactly(
            "--cgroup-version",
            "2",
            "--parent-cgroup",
            "visco-00ff",
            "--cgroup",
            "memory.max=339738624",
            "--cgroup",
            "cpu.max=200000 100000",
            "--cgroup",
            "pids.max=17");
  }

  @Test
  void versionOneBesideAnEmptyVersionTwo() throws IOException {
    Cgroups found =
        Cgroups.of(
            List.of(
                second(""),
                FIRST.formatted("memory"),
                "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0"));
    assertThat(found.version()).isEqualTo(1);
    assertThat(found.controllers())
        .containsEntry("cpu", Path.of("/sys/fs/cgroup/cpu,cpuacct"))
        .containsEntry("memory", Path.of("/sys/fs/cgroup/memory"))
        .hasSize(2);
    assertThat(found.arguments(new SpecBuilder().build()))
        .contains("memory.limit_in_bytes=339738624", "cpu.cfs_quota_us=200000")
        .noneMatch(word -> word.startsWith("pids"));
  }

  @Test
  void aHostWithoutAnySaysSo() throws IOException {
    Cgroups found = Cgroups.of(List.of("proc /proc proc rw 0 0", second("")));
    assertThat(found.version()).isZero();
    assertThat(found.arguments(new SpecBuilder().build())).isEmpty();
    assertThat(found.described()).contains("limited by nothing");
    found.remove(new InstallationId("00ff"), "visco-00ff-vm-0123abcd");
  }

  @Test
  void aLimitGrowsWithTheGuest() throws IOException {
    Cgroups found = Cgroups.of(List.of(second("cpu memory")));
    var spec = new SpecBuilder();
    spec.memoryMib = 4096;
    spec.vcpus = 4;
    assertThat(found.arguments(spec.build()))
        .contains("memory.max=" + ((4096L + 64 + 64) << 20), "cpu.max=500000 100000");
  }

  @Test
  void aMachinesGroupsAreRemoved() throws IOException {
    Cgroups found = Cgroups.of(List.of(second("cpu memory")));
    Path group = Files.createDirectories(folder.resolve("visco-00ff/visco-00ff-vm-0123abcd"));
    Path other = Files.createDirectories(folder.resolve("visco-00ff/visco-00ff-vm-00000001"));
    var installation = new InstallationId("00ff");
    found.remove(installation, "visco-00ff-vm-0123abcd");
    assertThat(group).doesNotExist();
    found.removeParent(installation);
    assertThat(other).exists();
    found.remove(installation, "visco-00ff-vm-00000001");
    found.removeParent(installation);
    assertThat(folder.resolve("visco-00ff")).doesNotExist();
    found.remove(installation, "visco-00ff-vm-00000001");
  }
}
