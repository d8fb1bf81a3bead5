package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a machine uses is read as Linux writes it (files of a VMM, shortened). */
class MachineUsageTest {
  private static final Cgroups NONE = new Cgroups(0, Map.of());
  @TempDir private Path folder;

  @BeforeEach
  void record() throws IOException {
    proc(
        "stat",
        "4711 (fc_vcpu 0) (x)) S 1 4711 4711 0 -1 4194560 2042 0 11 0 1234 66 0 0 20 0 4 0 81234"
            + " 550502400 25600 18446744073709551615\n");
    proc(
        "status",
        """
        Name:\tqemu-system-x86
        State:\tS (sleeping)
        VmPeak:\t  900000 kB
        VmRSS:\t  102400 kB
        Threads:\t4
        """);
    proc(
        "io",
        """
        rchar: 99999999
        wchar: 88888888
        syscr: 10
        syscw: 0
        read_bytes: 40960
        write_bytes: 8192
        cancelled_write_bytes: 0
        """);
    proc(
        "net/dev",
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
          tap0: 5221441    3120    0    0    0     0          0         0 60221443   41200    0    0    0     0       0          0
        """);
    proc("cgroup", "3:cpu,cpuacct:/other\n0::/user.slice\n");
  }

  private void proc(String name, String text) throws IOException {
    Path file = folder.resolve("proc/4711").resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }

  private void group(String name, String text) throws IOException {
    Path file = folder.resolve("cgroup/visco-1a2b/visco-1a2b-vm-00000001").resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }

  private MachineUsage usage(Cgroups cgroups) {
    return MachineUsage.of(folder.resolve("proc"), cgroups, 4711, "tap0").orElseThrow();
  }

  @Test
  void withoutAGroupItIsWhatTheProcessHas() {
    assertThat(usage(NONE))
        .isEqualTo(
            new MachineUsage(
                13_000_000, 104_857_600, null, 40_960, 8192, 60_221_443, 5_221_441, 4));
  }

  @Test
  void aGroupOfVersionTwoTellsItsMemoryAndItsLimit() throws IOException {
    proc("cgroup", "0::/visco-1a2b/visco-1a2b-vm-00000001\n");
    group("memory.current", "300000000\n");
    group("memory.max", "402653184\n");
    group("memory.stat", "anon 250000000\nfile 50000000\nactive_file 1\ninactive_file 40000000\n");
    MachineUsage usage = usage(new Cgroups(2, Map.of("memory", folder.resolve("cgroup"))));
    assertThat(usage.memoryBytes()).isEqualTo(260_000_000);
    assertThat(usage.limitBytes()).isEqualTo(402_653_184);
    group("memory.max", "max\n");
    usage = usage(new Cgroups(2, Map.of("memory", folder.resolve("cgroup"))));
    assertThat(usage.limitBytes()).isNull();
  }

  @Test
  void aGroupOfVersionOneTellsThemToo() throws IOException {
    proc(
        "cgroup",
        """
        9:name=systemd:/
        8:pids:/visco-1a2b/visco-1a2b-vm-00000001
        7:blkio:/
        4:memory:/visco-1a2b/visco-1a2b-vm-00000001
        """);
    group("memory.usage_in_bytes", "200000000\n");
    group("memory.limit_in_bytes", "402653184\n");
    group("memory.stat", "cache 1\ninactive_file 7\ntotal_inactive_file 10000000\n");
    Cgroups first = new Cgroups(1, Map.of("memory", folder.resolve("cgroup")));
    assertThat(usage(first).memoryBytes()).isEqualTo(190_000_000);
    assertThat(usage(first).limitBytes()).isEqualTo(402_653_184);
    group("memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(usage(first).limitBytes()).as("there is none").isNull();
  }

  /** The daemon's own group would tell of the daemon, and of all machines. */
  @Test
  void aGroupThatIsNotTheMachinesIsNotRead() throws IOException {
    proc("cgroup", "0::/system.slice/visco.service\n");
    Files.createDirectories(folder.resolve("cgroup/system.slice/visco.service"));
    Files.writeString(
        folder.resolve("cgroup/system.slice/visco.service/memory.current"), "9000000000\n");
    MachineUsage usage = usage(new Cgroups(2, Map.of("memory", folder.resolve("cgroup"))));
    assertThat(usage.memoryBytes()).isEqualTo(104_857_600);
  }

  @Test
  void aMachineThatHasEndedUsesNothing() throws IOException {
    assertThat(MachineUsage.of(folder.resolve("proc"), NONE, 4712, "tap0")).isEmpty();
    proc("stat", "");
    assertThat(MachineUsage.of(folder.resolve("proc"), NONE, 4711, "tap0")).isEmpty();
  }

  @Test
  void anotherTapIsNotThisMachines() {
    assertThat(
            MachineUsage.of(folder.resolve("proc"), NONE, 4711, "tap")
                .orElseThrow()
                .receivedBytes())
        .isZero();
  }
}
