package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Detached;
import dev.visco.host.DiskRoom;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.image.Disks;
import dev.visco.image.Images;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.TestClock;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.boot.BootContext;
import dev.visco.lifecycle.boot.HostMachines;
import dev.visco.lifecycle.boot.SnapshotFiles;
import dev.visco.model.Cidr;
import dev.visco.model.DiskReserve;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.store.VmRow;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.firecracker.FirecrackerFamily;
import dev.visco.vmm.qemu.Qemu;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a machine still runs, asked of the real host; a sleeping process stands for its VMM. */
class MachineMonitorTest {
  private static final String PANIC = "[    1.2] Kernel panic - not syncing: by the test";
  @TempDir private Path folder;
  private final TestClock clock = new TestClock();
  private final LinuxHost host = new LinuxHost();
  private ConductorWorld daemon;
  private ProcessRef process;
  private MachineMonitor watch;
  private Machines machines;

  @BeforeEach
  void start() throws IOException {
    daemon = new ConductorWorld(folder, new FakeWorld(), point -> {}, clock, 2);
    process =
        host.start(new Detached(List.of("sleep", "600"), Files.createFile(folder.resolve("log"))));
    // Another one than that which started it, as after a restart.
    machines = machines(new LinuxHost());
    daemon.leases.begin();
    watch =
        new MachineMonitor(daemon.rows, daemon.leases, machines, daemon.changes, daemon.clocks());
  }

  @AfterEach
  void close() {
    host.terminate(process, true);
    Awaitility.await().until(() -> !host.isAlive(process));
    daemon.close();
  }

  private Machines machines(LinuxHost ours) {
    var networks =
        new Networks(
            ours,
            new InstallationId("0a1b"),
            Cidr.of("pool", "10.7.0.0/24"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    var qemu = new Qemu(ours, folder.resolve("cache"), "tcg");
    var vmms = new Vmms(qemu, new FirecrackerFamily(host), name -> qemu);
    var vms = folder.resolve("vms");
    var images = new Images(ours, folder.resolve("images"), List.of());
    var contexts = new BootContext.Source(vms, images, networks);
    return new HostMachines(
        contexts,
        vmms,
        new SnapshotFiles(
            vms,
            vms.resolveSibling("snapshots"),
            new Disks(ours),
            DiskRoom.of(vms, DiskReserve.NONE),
            DiskRoom.of(vms, DiskReserve.NONE)),
        work -> {},
        1 << 20);
  }

  /** A row that says that this process is its machine, and its folder with a console. */
  private VmId ready(ProcessRef machine) throws IOException {
    return ready(machine, null);
  }

  private VmId ready(ProcessRef machine, @Nullable Duration timeToLive) throws IOException {
    VmId id = daemon.insert(Duration.ofSeconds(30), timeToLive);
    Path own = Files.createDirectories(folder.resolve("vms").resolve(id.value()));
    Files.writeString(own.resolve("console.log"), PANIC);
    var ref = new MachineRef("qemu", "tcg", machine, own.resolve("run/qmp.sock"), "qemu");
    VmRow launched = Rows.withMachine(daemon.row(id), Json.line(ref), clock.millis(), null);
    commit(Rows.readyAt(launched, clock.millis()));
    return id;
  }

  private void commit(VmRow row) {
    try (var lease = daemon.leases.take(row.id()).orElseThrow()) {
      lease.commit(row, "by the test", clock.millis());
    }
  }

  private void assertStopped(VmId id) {
    VmRow row = daemon.row(id);
    assertThat(row.state()).isEqualTo(VmState.STOPPED);
    assertThat(row.failure()).isEqualTo("Its machine ended: its kernel panicked.");
    assertThat(row.machine()).isNull();
    assertThat(row.wakeAt()).as("it stays until somebody removes it").isNull();
    assertThat(folder.resolve("vms").resolve(id.value()).resolve("console.log")).hasContent(PANIC);
  }

  @Test
  void aMachineThatRunsIsTakenOverByTheNextDaemon() throws IOException {
    VmId id = ready(process);
    VmRow before = daemon.row(id);
    watch.check();
    assertThat(daemon.row(id)).isEqualTo(before);
    assertThat(before.state()).isEqualTo(VmState.READY);
  }

  @Test
  void aVmWhoseMachineWasKilledIsStoppedAndKeepsItsEvidence() throws IOException {
    VmId id = ready(process);
    long changes = daemon.changes.count();
    host.terminate(process, true);
    Awaitility.await().until(() -> !host.isAlive(process));
    watch.check();
    assertStopped(id);
    assertThat(daemon.changes.count()).as("whoever waits is told").isGreaterThan(changes);
    long revision = daemon.row(id).revision();
    watch.check();
    assertThat(daemon.row(id).revision()).as("once only").isEqualTo(revision);
  }

  private void assertNotTakenForOurs(ProcessRef stale) throws IOException {
    VmId id = ready(stale);
    VmWork work = VmWork.of(daemon.row(id));
    watch.check();
    assertStopped(id);
    machines.stop(work);
    assertThat(host.isAlive(process)).as("a stranger's process is not ended").isTrue();
  }

  @Test
  void aPidThatAnotherProcessHasNowIsNotTakenForOurs() throws IOException {
    assertNotTakenForOurs(
        new ProcessRef(process.pid(), process.startTicks() - 1, process.bootId()));
  }

  @Test
  void aProcessOfAnotherBootIsNotTakenForOurs() throws IOException {
    assertNotTakenForOurs(
        new ProcessRef(
            process.pid(), process.startTicks(), "00000000-0000-0000-0000-000000000000"));
  }

  @Test
  void aVmThatIsBeingDestroyedIsNotCalledStopped() throws IOException {
    VmId id = ready(new ProcessRef(process.pid(), 1, process.bootId()));
    daemon.destroy(id);
    watch.check();
    assertThat(daemon.row(id).state()).isEqualTo(VmState.DESTROYING);
  }

  @Test
  void onlyOneThatIsReadyOrPausedCanHaveStopped() throws IOException {
    VmId creating = daemon.insert();
    VmId paused = ready(new ProcessRef(process.pid(), 1, process.bootId()));
    commit(Rows.in(daemon.row(paused), VmState.PAUSED));
    VmRow before = daemon.row(creating);
    watch.check();
    assertThat(daemon.row(creating)).isEqualTo(before);
    assertStopped(paused);
  }

  @Test
  void aStoppedOneIsKeptUntilItsOwnTimeToLiveEnds() throws IOException {
    VmId id = ready(new ProcessRef(process.pid(), 1, process.bootId()), Duration.ofHours(2));
    VmRow before = daemon.row(id);
    watch.check();
    VmRow stopped = daemon.row(id);
    assertThat(stopped.state()).isEqualTo(VmState.STOPPED);
    assertThat(stopped.wakeAt()).isEqualTo(before.wakeAt()).isEqualTo(before.expires()).isNotNull();
    assertThat(stopped.wakeSteady()).isEqualTo(before.wakeSteady()).isNotNull();
  }

  /** A restore that takes its old machine away, for example. */
  @Test
  void whoeverWorksOnAVmIsNotDisturbed() throws IOException {
    VmId id = ready(new ProcessRef(process.pid(), 1, process.bootId()));
    VmRow before = daemon.row(id);
    try (var lease = daemon.leases.take(id).orElseThrow()) {
      watch.check();
      assertThat(lease.row()).contains(before);
    }
    watch.check();
    assertStopped(id);
  }

  @Test
  void itLooksByItselfUntilItIsClosed() throws Exception {
    VmId id = ready(process);
    watch.start();
    host.terminate(process, true);
    daemon.await(id, VmState.STOPPED);
    watch.close();
  }
}
