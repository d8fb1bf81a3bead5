package dev.visco.vmm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which control groups a host has, and what they limit. */
class CgroupsTest {
  private static final String FIRST = "cgroup /sys/fs/cgroup/%1$s cgroup rw,relatime,%1$s 0 0";

  @TempDir Path folder;

  private static Map<String, String> limits(Cgroups groups, SpecBuilder spec) {
    return groups.limits(spec.build(), Cgroups.Spare.FIRECRACKER);
  }

  private String second(String controllers) throws IOException {
    Files.writeString(folder.resolve("cgroup.controllers"), controllers + "\n");
    return "cgroup2 " + folder + " cgroup2 rw,relatime 0 0";
  }

  @Test
  void versionTwoWhereItHasMemoryAndProcessors() throws IOException {
    Cgroups found =
        Cgroups.of(List.of(FIRST.formatted("memory"), second("cpuset cpu io memory pids")));
    assertThat(found.version()).isEqualTo(2);
    assertThat(limits(found, new SpecBuilder()))
        .isEqualTo(
            Map.of(
                "memory.max",
                "339738624",
                "cpu.max",
                "200000 100000",
                "cpu.weight",
                "100",
                "pids.max",
                "17"));
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
    assertThat(limits(found, new SpecBuilder()))
        .containsEntry("memory.limit_in_bytes", "339738624")
        .containsEntry("cpu.cfs_quota_us", "200000")
        .containsEntry("cpu.shares", "1024")
        .doesNotContainKey("pids.max");
  }

  @Test
  void aHostWithoutAnySaysSo() throws IOException {
    Cgroups found = Cgroups.of(List.of("proc /proc proc rw 0 0", second("")));
    assertThat(found.version()).isZero();
    assertThat(limits(found, new SpecBuilder())).isEmpty();
    assertThat(found.make(new SpecBuilder().build(), "visco-00ff-vm-0123abcd", Cgroups.Spare.QEMU))
        .isPresent();
    assertThat(found.join(new InstallationId("00ff"), "visco-00ff-vm-0123abcd", 1)).isPresent();
    found.prepareJoin();
    assertThat(found.described()).contains("limited by nothing");
    found.remove(new InstallationId("00ff"), "visco-00ff-vm-0123abcd");
  }

  @Test
  void aLimitGrowsWithTheGuest() throws IOException {
    Cgroups found = Cgroups.of(List.of(second("cpu memory")));
    var spec = new SpecBuilder();
    spec.memoryMib = 4096;
    spec.vcpus = 4;
    assertThat(limits(found, spec))
        .isEqualTo(
            Map.of(
                "memory.max",
                "" + ((4096L + 64 + 64) << 20),
                "cpu.max",
                "500000 100000",
                "cpu.weight",
                "400"));
  }

  /** All machines together must weigh more than one thread of what runs beside them. */
  @Test
  void anInstallationsMachinesWeighTwiceWhatTheHostsProcessorsDo() throws IOException {
    Path group = Files.createDirectories(folder.resolve("visco-00ff"));
    Files.writeString(group.resolve("cpu.weight"), "100");
    Cgroups.of(List.of(second("cpu memory")))
        .make(new SpecBuilder().build(), "visco-00ff-vm-0123abcd", Cgroups.Spare.QEMU);
    int processors = Runtime.getRuntime().availableProcessors();
    assertThat(group.resolve("cpu.weight")).hasContent(Integer.toString(200 * processors));
    assertThat(folder.resolve("cgroup.subtree_control")).content().contains("+cpu", "+memory");
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

  @Test
  void theGroupOfAnInstallationGoesWhenNothingIsInItAndNobodyElsesDoes() throws IOException {
    var controllers = new TreeMap<String, Path>();
    for (String name : List.of("memory", "cpu", "pids")) {
      controllers.put(name, Files.createDirectories(folder.resolve(name)));
      Files.createDirectories(folder.resolve(name).resolve("visco-00ff"));
      Files.createDirectories(folder.resolve(name).resolve("visco-00fe"));
    }
    var groups = new Cgroups(1, controllers);
    Path machine = Files.createDirectory(folder.resolve("cpu/visco-00ff/visco-00ff-vm-0123abcd"));
    groups.removeParent(new InstallationId("00ff"));
    assertThat(machine).exists();
    assertThat(folder.resolve("memory/visco-00ff")).doesNotExist();
    assertThat(folder.resolve("pids/visco-00ff")).doesNotExist();
    groups.remove(new InstallationId("00ff"), "visco-00ff-vm-0123abcd");
    groups.removeParent(new InstallationId("00ff"));
    assertThat(folder.resolve("cpu/visco-00ff")).doesNotExist();
    controllers.values().forEach(one -> assertThat(one.resolve("visco-00fe")).exists());
  }

  @Test
  void onThisHostTheGroupsOfAnInstallationGoOnceItsProcessesHaveEnded() throws IOException {
    Cgroups groups = Cgroups.ofHost();
    assumeTrue(
        groups.version() == 1 && groups.controllers().values().stream().allMatch(Files::isWritable),
        "skipped: control groups of version 1 cannot be written here");
    var installation = new InstallationId("%04x".formatted(ProcessHandle.current().pid() & 0xffff));
    String name = Cgroups.parent(installation) + "-vm-0123abcd";
    List<Path> parents =
        groups.controllers().values().stream()
            .map(one -> one.resolve(Cgroups.parent(installation)))
            .toList();
    var host = new LinuxHost();
    ProcessRef process =
        host.start(new Detached(List.of("sleep", "600"), Files.createFile(folder.resolve("log"))));
    try {
      for (Path parent : parents) {
        Path group = Files.createDirectories(parent.resolve(name));
        Files.writeString(group.resolve("cgroup.procs"), Long.toString(process.pid()));
      }
      groups.removeParent(installation);
      assertThat(parents).allSatisfy(parent -> assertThat(parent.resolve(name)).exists());
    } finally {
      host.terminate(process, true);
      Awaitility.await().until(() -> !host.isAlive(process));
      groups.remove(installation, name);
    }
    assertThat(parents).allSatisfy(parent -> assertThat(parent).exists());
    groups.removeParent(installation);
    assertThat(parents).allSatisfy(parent -> assertThat(parent).doesNotExist());
  }

  @Test
  void aProcessIsTakenIntoAGroupWithItsLimitsAndTheGroupGoesByItsVm() throws IOException {
    Cgroups groups = Cgroups.ofHost();
    assumeTrue(
        groups.version() > 0 && groups.controllers().values().stream().allMatch(Files::isWritable),
        "skipped: control groups cannot be written here");
    var builder = new SpecBuilder();
    builder.installation =
        new InstallationId("%04x".formatted((ProcessHandle.current().pid() + 1) & 0xffff));
    BootSpec spec = builder.build();
    String name = Cgroups.parent(spec.installation()) + "-" + spec.id();
    var host = new LinuxHost();
    ProcessRef process =
        host.start(new Detached(List.of("sleep", "600"), Files.createFile(folder.resolve("log"))));
    List<String> own = Files.readAllLines(Path.of("/proc/self/cgroup"));
    groups.prepareJoin();
    assertThat(Files.readAllLines(Path.of("/proc/self/cgroup"))).as("moved nowhere").isEqualTo(own);
    try {
      assertThat(groups.enter(spec, name, new Cgroups.Spare(192, 96), process.pid())).isEmpty();
      assertThat(Cgroups.nameOf(process.pid())).contains(name);
      assertThat(Cgroups.nameOf(ProcessHandle.current().pid())).isEmpty();
      Path memory =
          requireNonNull(groups.controllers().get("memory"))
              .resolve(Cgroups.parent(spec.installation()));
      String file = groups.version() == 2 ? "memory.max" : "memory.limit_in_bytes";
      long bytes = (spec.memoryMib() + spec.memoryMib() / 64L + 192) << 20;
      assertThat(memory.resolve(name).resolve(file)).hasContent(bytes + "\n");
      Path processors =
          requireNonNull(groups.controllers().get("cpu"))
              .resolve(Cgroups.parent(spec.installation()));
      String share = groups.version() == 2 ? "cpu.weight" : "cpu.shares";
      int ordinary = groups.version() == 2 ? 100 : 1024;
      assertThat(processors.resolve(share))
          .hasContent(2 * Runtime.getRuntime().availableProcessors() * ordinary + "\n");
      assertThat(processors.resolve(name).resolve(share)).hasContent(ordinary + "\n");
    } finally {
      host.terminate(process, true);
      Awaitility.await().until(() -> !host.isAlive(process));
      groups.remove(name);
      groups.removeParent(spec.installation());
    }
    groups
        .controllers()
        .values()
        .forEach(
            one -> assertThat(one.resolve(Cgroups.parent(spec.installation()))).doesNotExist());
  }

  /** A machine that has ended by itself is known by its VM's folder alone. */
  @Test
  void theGroupsOfAVmAreFoundByItsFolder() throws IOException {
    Cgroups found = Cgroups.of(List.of(second("cpu memory")));
    Path group = Files.createDirectories(folder.resolve("visco-00ff/visco-00ff-vm-0123abcd"));
    Path other = Files.createDirectories(folder.resolve("visco-00fe/visco-00fe-vm-00000001"));
    found.removeOf(Path.of("/data/vms/vm-0123abcd"));
    assertThat(group).doesNotExist();
    found.removeOf(Path.of("/data/elsewhere"));
    assertThat(other).exists();
  }

  @Test
  void aHostThatDoesNotLetUsSaysWhyAndNothingFails() throws IOException {
    var nowhere = new Cgroups(1, Map.of("memory", Path.of("/proc/no-such-controller")));
    assertThat(nowhere.enter(new SpecBuilder().build(), "x", new Cgroups.Spare(1, 1), 1))
        .hasValueSatisfying(why -> assertThat(why).contains("/proc/no-such-controller"));
    assertThat(
            new Cgroups(0, Map.of())
                .enter(new SpecBuilder().build(), "x", new Cgroups.Spare(1, 1), 1))
        .contains("no control group controller is mounted");
  }
}
