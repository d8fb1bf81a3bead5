package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Detached;
import dev.visco.host.DiskRoom;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.host.WrappedHost;
import dev.visco.image.Disks;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.boot.BootContext;
import dev.visco.lifecycle.boot.HostMachines;
import dev.visco.lifecycle.boot.HostVmDisks;
import dev.visco.lifecycle.boot.SnapshotFiles;
import dev.visco.model.Cidr;
import dev.visco.model.Digest;
import dev.visco.model.DiskReserve;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.UserData;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.session.SnapshotKeyring;
import dev.visco.session.VmKeyring;
import dev.visco.snapshot.Snapshots;
import dev.visco.store.NewVm;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.UserRows;
import dev.visco.store.VmRows;
import dev.visco.vmm.DamagedParts;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.firecracker.FirecrackerFamily;
import dev.visco.vmm.qemu.Qemu;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is wrong with a snapshot, its VM stays ready, its machine runs, and its disk is the same
 * to the byte: with all that a restore really uses, on files that are made here. A sleeping process
 * stands for the machine.
 */
class RestoreRefusalTest {
  private static final VmId ID = new VmId("vm-00000001");
  private static final String TODAY = "today's work, nowhere else";

  @TempDir private Path folder;
  private final ChangeSignal changes = new ChangeSignal();
  private String version = "7.2.19";
  private long freeMib = 1 << 20;
  private final WrappedHost host =
      new WrappedHost(new LinuxHost()) {
        @Override
        public CommandResult run(Command command) {
          if (command.arguments().contains("--version")) {
            return new CommandResult(0, "QEMU emulator version " + version, "");
          }
          return super.run(command);
        }
      };

  private Store store;
  private VmRows rows;
  private SnapshotRows snapshotRows;
  private Path vm;
  private Path files;
  private ProcessRef process;

  @BeforeEach
  void start() throws Exception {
    store = Store.open(folder.resolve("data"));
    rows = new VmRows(store, "local");
    snapshotRows = new SnapshotRows(store, "local", InstantSource.system());
    vm = Files.createDirectories(folder.resolve("vms").resolve(ID.value()));
    files = Files.createDirectories(vm.resolve("snapshots/first"));
    process =
        host.start(new Detached(List.of("sleep", "600"), Files.createFile(folder.resolve("log"))));
    Images images = MadeImages.with(host, folder.resolve("images"), "cli");
    var spec =
        new VmSpec(
            new UserId("tester"),
            Purpose.USER,
            "cli",
            new FromImage("cli"),
            new MachineShape(Transport.MMIO, 1, 32),
            KernelSpec.ORDINARY,
            new Life(null, Duration.ofSeconds(30)),
            VmSpec.QEMU);
    rows.insert(
        new NewVm(
            ID,
            "tester",
            Json.line(spec),
            images.image("cli").digest().value(),
            32,
            "verify-boot",
            null,
            "",
            1,
            null),
        usage -> {});
    rows.begin("earlier");
    var ref = new MachineRef("qemu", "tcg", process, vm.resolve("run/qmp.sock"), "qemu");
    var row = Rows.withSlot(rows.find(ID).orElseThrow(), 0);
    rows.commit(Rows.readyAt(Rows.withMachine(row, Json.line(ref), 2L, 2L), 3), "earlier", 3);
    Files.writeString(vm.resolve("root.qcow2"), "last week's disk");
    writeSnapshot();
    Files.writeString(vm.resolve("root.qcow2"), TODAY);
  }

  @AfterEach
  void close() {
    host.terminate(process, true);
    Awaitility.await().until(() -> !host.isAlive(process));
    store.close();
  }

  private SnapshotFiles snapshotFiles() {
    Path vms = folder.resolve("vms");
    var room = new DiskRoom(() -> freeMib << 20, () -> 1L << 40, DiskReserve.NONE);
    return new SnapshotFiles(vms, folder.resolve("snapshots"), disks(), room, room);
  }

  private Disks disks() {
    return new Disks(host);
  }

  /** As a QEMU 7.2 under software emulation would have written it, of a guest of 32 MiB. */
  private void writeSnapshot() throws Exception {
    Path machine = Files.createDirectories(files.resolve("machine"));
    byte[] memory = new byte[1 << 17];
    new Random(9).nextBytes(memory);
    memory(memory, 32);
    byte[] state = new byte[5000];
    new Random(10).nextBytes(state);
    Files.write(machine.resolve("state"), state);
    Files.writeString(machine.resolve("snapshot.json"), about(state, "tcg", 32));
    disks().copyRoot(vm, files, 0);
    record(snapshotFiles().seal(files).digest().value());
  }

  /** A file with this at its beginning, and zeros to its end. */
  private void memory(byte[] content, int mib) throws IOException {
    Path file = files.resolve("machine/memory");
    Files.write(file, content);
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength((long) mib << 20);
    }
  }

  private static String about(byte[] state, String accelerator, int memoryMib) throws Exception {
    String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(state));
    return "{\"qemu\":\"7.2\",\"accelerator\":\"%s\",\"vcpus\":1,\"memoryMib\":%d,\"stateBytes\":%d,\"state\":\"sha256:%s\"}"
        .formatted(accelerator, memoryMib, state.length, sum);
  }

  private void record(@Nullable String digest) {
    snapshotRows.remove("tester", "first");
    snapshotRows.insert(
        new SnapshotRow(
            "first",
            ID,
            "tester",
            rows.find(ID).orElseThrow().spec(),
            "",
            "qemu",
            0,
            files.toString(),
            4,
            5L,
            digest));
  }

  private Snapshots snapshots() {
    var clock = InstantSource.system();
    var networks =
        new Networks(
            host,
            new InstallationId("0a1b"),
            Cidr.of("pool", "10.7.0.0/24"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    var qemu = new Qemu(host, folder.resolve("cache"), "tcg");
    var vmms = new Vmms(qemu, new FirecrackerFamily(host), name -> qemu);
    Path vms = folder.resolve("vms");
    var images = new Images(host, folder.resolve("images"), List.of());
    var contexts = new BootContext.Source(vms, images, networks);
    var snapshotFiles = snapshotFiles();
    var machines = new HostMachines(contexts, vmms, snapshotFiles, work -> {}, 1 << 20);
    var vmDisks =
        new HostVmDisks(contexts, disks(), vmms, snapshotRows::folder, _ -> UserData.NONE);
    GuestClock guestClock =
        work -> {
          throw new AssertionError("no guest of " + work.id() + " runs");
        };
    var leases = new Leases(rows, new Random(1));
    leases.begin();
    var suspensionClocks = new Clocks(clock, dev.visco.host.SteadyClock.ofHost(), "boot");
    var sizes = new NextSizes(rows, VmsTest.PLENTY, work -> 0, suspensionClocks);
    var restores =
        new Restores(
            snapshotRows,
            snapshotFiles,
            machines,
            vmDisks,
            guestClock,
            sizes,
            GuestCredentials.NONE,
            (clone, snapshot) -> {
              throw new AssertionError(clone.id() + " is no clone");
            });
    return new Snapshots(
        rows,
        leases,
        snapshotRows,
        restores,
        new Suspensions(
            rows,
            snapshotRows,
            snapshotFiles,
            machines,
            restores,
            sizes,
            GuestCredentials.NONE,
            work -> {},
            new LeaseWaiting(leases, changes),
            new ActiveUsers(new UserRows(store, "local")),
            new Uses(rows, suspensionClocks),
            new Wakes(rows, changes, suspensionClocks),
            changes,
            suspensionClocks,
            id -> ConductorWorld.vm(rows.find(id).orElseThrow()),
            vms),
        machines,
        snapshotFiles,
        new SnapshotUses(rows, snapshotRows, snapshotFiles, new Random(3)),
        new SnapshotKeys(
            snapshotRows,
            VmKeyring.inFolders(vms),
            SnapshotKeyring.inFolders(folder.resolve("snapshots")),
            _ -> {}),
        (_, work) -> {
          throw new AssertionError("no guest holds its disks still");
        },
        guestClock,
        new Uses(rows, new Clocks(clock, dev.visco.host.SteadyClock.ofHost(), "boot")),
        changes,
        id -> ConductorWorld.vm(rows.find(id).orElseThrow()),
        clock,
        new Random(2),
        folder.resolve("vms"),
        files -> {
          throw new AssertionError(files + " has no row");
        });
  }

  private void assertRefused(String... words) throws IOException {
    var before = rows.find(ID).orElseThrow();
    assertThatThrownBy(() -> snapshots().restore(new UserId("tester"), "first"))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll(words);
    assertThat(rows.find(ID)).contains(before);
    assertThat(before.state()).isEqualTo(VmState.READY);
    assertThat(host.isAlive(process)).isTrue();
    assertThat(vm.resolve("root.qcow2")).hasContent(TODAY);
    try (var left = Files.list(vm)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("root.qcow2", "snapshots");
    }
  }

  @Test
  void aWholeOneIsTakenAndRecordedBeforeAnythingIsDone() throws IOException {
    assertThat(snapshots().restore(new UserId("tester"), "first").state())
        .isEqualTo(VmState.CREATING);
    assertThat(rows.find(ID).orElseThrow().restoring()).isEqualTo("first");
    assertThat(vm.resolve("root.qcow2")).hasContent(TODAY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "machine/snapshot.json",
        "machine/memory",
        "machine/state",
        "machine/parts.sha256",
        "root.qcow2",
        "parts.sha256"
      })
  void aFileThatIsMissingCutOrChanged(String name) throws IOException {
    Path file = files.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    Files.delete(file);
    assertRefused("stays as it is");
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertRefused("stays as it is", "damaged");
    byte[] changed = whole.clone();
    changed[whole.length / 2] ^= 4;
    Files.write(file, changed);
    assertRefused("stays as it is", "damaged");
    Files.write(file, whole);
    snapshots().restore(new UserId("tester"), "first");
  }

  /** What is no VMM's: the lists, and the disk. */
  @ParameterizedTest
  @ValueSource(strings = {"root.qcow2", "parts.sha256", "machine/parts.sha256"})
  void noCutAndNoFlippedBitIsTaken(String name) throws IOException {
    var digest =
        new Digest(
            Objects.requireNonNull(snapshotRows.find("tester", "first").orElseThrow().digest()));
    var found = snapshotFiles();
    DamagedParts.assertRefused(files.resolve(name), () -> found.requireRestorable(files, digest));
  }

  private void rewritten(UnaryOperator<String> change) throws IOException {
    Path about = files.resolve("machine/snapshot.json");
    Files.writeString(about, change.apply(Files.readString(about)));
    record(snapshotFiles().seal(files).digest().value());
  }

  @Test
  void anotherVersionOfQemu() throws IOException {
    version = "9.1.2";
    assertRefused("written by QEMU 7.2", "this host has 9.1");
  }

  @Test
  void anotherAccelerator() throws IOException {
    rewritten(about -> about.replace("\"tcg\"", "\"kvm\""));
    assertRefused("taken under kvm");
  }

  @Test
  void anotherSizeOfMemory() throws IOException {
    memory(new byte[] {1}, 64);
    rewritten(about -> about.replace("\"memoryMib\":32", "\"memoryMib\":64"));
    assertRefused("64");
  }

  @Test
  void noRoomForASecondDisk() throws IOException {
    freeMib = 1;
    assertRefused("has 1 MiB free", "restoring this snapshot");
  }

  /** Of an older version: no digests, and its sizes are looked at all the same. */
  @Test
  void oneWithoutDigestsIsTakenWhenItsSizesAreRight() throws IOException {
    Files.delete(files.resolve("parts.sha256"));
    Files.delete(files.resolve("machine/parts.sha256"));
    record(null);
    byte[] memory = Files.readAllBytes(files.resolve("machine/memory"));
    Files.write(files.resolve("machine/memory"), new byte[10]);
    assertRefused("memory");
    Files.write(files.resolve("machine/memory"), memory);
    assertThat(snapshots().restore(new UserId("tester"), "first").state())
        .isEqualTo(VmState.CREATING);
  }
}
