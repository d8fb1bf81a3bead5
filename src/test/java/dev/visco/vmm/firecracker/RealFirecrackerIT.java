package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.VmmUsers;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.DyingHost;
import dev.visco.vmm.LaunchSite;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineMetrics;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.ProbeGuest;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.Standstill;
import dev.visco.vmm.release.Release;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * A machine's whole life under real Firecracker and its jailer, with a guest so simple that it runs
 * where virtualization is too incomplete for Linux.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
@EnabledIfEnvironmentVariable(
    named = "VISCO_FIRECRACKER",
    matches = ".+",
    disabledReason = RealReleases.WHY_NOT)
class RealFirecrackerIT {
  /** The probe guest knows no Ctrl-Alt-Del: whatever is waited here is waited in full. */
  private static final Duration GRACE = Duration.ofMillis(200);

  private LaunchSite site;
  private Keyboard keyboard;

  /** One release on one transport. */
  record Setup(Release release, Transport transport) {
    @Override
    public String toString() {
      return release.version() + " " + transport.word();
    }
  }

  static Stream<Setup> setups() {
    var setups = new ArrayList<Setup>();
    for (Release release : RealReleases.all()) {
      for (Transport transport : Transport.values()) {
        if (transport == Transport.MMIO || release.features().hasPci()) {
          setups.add(new Setup(release, transport));
        }
      }
    }
    return setups.stream();
  }

  static Stream<Release> releases() {
    return RealReleases.all().stream();
  }

  @BeforeAll
  void open() {
    assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "this host has no /dev/kvm");
    site = new LaunchSite();
  }

  @BeforeEach
  void plugIn() {
    keyboard = new Keyboard(site.root.resolve("keyboard"));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    try {
      keyboard.close();
      site.assertNothingIsLeft();
      assertThat(controlGroups()).isEmpty();
    } finally {
      site.killAll();
      for (Path group : controlGroups()) {
        Files.delete(group);
      }
    }
  }

  @AfterAll
  void close() throws IOException {
    if (site != null) {
      Cgroups.ofHost().removeParent(site.installation);
      site.close();
    }
  }

  private List<Path> controlGroups() throws IOException {
    var found = new ArrayList<Path>();
    for (Path controller : Cgroups.ofHost().controllers().values()) {
      Path parent = controller.resolve(Cgroups.parent(site.installation));
      if (Files.exists(parent)) {
        try (var groups = Files.list(parent)) {
          groups.filter(Files::isDirectory).forEach(found::add);
        }
      }
    }
    return found;
  }

  private Firecracker vmm(Release release) {
    return new Firecracker(site.host, site.cache(), release, Cgroups.ofHost(), keyboard.fifo);
  }

  private SpecBuilder spec(Transport transport) throws IOException {
    Path kernel = site.root.resolve("probe");
    if (!Files.exists(kernel)) {
      ProbeGuest.forFirecracker(kernel);
    }
    SpecBuilder spec = site.bareSpec(kernel);
    spec.transport = transport;
    spec.memoryMib = 128;
    spec.bootArgs = List.of("root=PARTUUID=1234", "rw");
    spec.disks = List.of(disk(spec.folder, false), disk(spec.folder, true));
    return spec;
  }

  private BootSpec.Disk disk(Path folder, boolean isReadOnly) throws IOException {
    Path disk = folder.resolve(isReadOnly ? "seed.img" : "root.img");
    Files.write(disk, new byte[1 << 20]);
    Files.setAttribute(disk, "unix:uid", site.uid());
    return new BootSpec.Disk(disk, BootSpec.DiskFormat.RAW, isReadOnly);
  }

  private static String console(BootSpec spec) {
    return LaunchSite.console(spec.folder());
  }

  private static void awaitConsole(BootSpec spec, String text) {
    LaunchSite.awaitConsole(spec.folder(), text);
  }

  /** The guest's whole command line, as it printed it. */
  private static String commandLine(BootSpec spec) {
    LaunchSite.awaitConsole(
        spec.folder(),
        "its command line",
        text -> text.contains(ProbeGuest.GREETING) && text.endsWith("\n"));
    return console(spec).lines().findFirst().orElseThrow().replace(ProbeGuest.GREETING, "");
  }

  @ParameterizedTest
  @MethodSource("setups")
  void livesItsWholeLife(Setup setup) throws IOException {
    Firecracker vmm = vmm(setup.release());
    BootSpec spec = spec(setup.transport()).build();
    MachineHandle machine = vmm.launch(spec);
    assertThat(machine.status()).isEqualTo("running");
    assertThat(commandLine(spec)).isEqualTo(vmm.kernelCommandLine(spec));
    keyboard.type("ab");
    awaitConsole(spec, "\nab");

    machine.pause();
    machine.pause();
    assertThat(machine.status()).isEqualTo("paused");
    assertThat(machine.standstill()).isEqualTo(Standstill.PAUSED);
    keyboard.type("c");
    Path snapshot = Files.createDirectory(site.root.resolve("snapshot-" + spec.id()));
    machine.snapshot(snapshot);
    assertThat(machine.status()).isEqualTo("paused");
    machine.resume();
    machine.resume();
    awaitConsole(spec, "\nabc");

    // A daemon that died knows no more than what it wrote down.
    MachineRef ref = Json.read(Json.line(machine.ref()), MachineRef.class);
    MachineHandle again = vmm(setup.release()).recover(ref).orElseThrow();
    assertThat(again.status()).isEqualTo("running");
    assertThat(vmm.family().running(site.installation))
        .containsExactly(Map.entry(spec.id(), ref.process()));
    again.stop(GRACE);
    assertThat(machine.isAlive()).isFalse();
    assertThatThrownBy(machine::status).isInstanceOf(HostFault.class);
    site.assertNothingIsLeft();

    restoresElsewhere(setup, vmm, spec, snapshot);
  }

  /** In another folder, with other disks and another TAP where the release can. */
  private void restoresElsewhere(Setup setup, Firecracker vmm, BootSpec first, Path snapshot)
      throws IOException {
    SpecBuilder builder = spec(setup.transport());
    builder.tap = setup.release().features().hasNetworkOverrides() ? "tap1" : "tap0";
    BootSpec second = builder.build();
    MachineHandle copy = vmm.restore(second, snapshot);
    assertThat(copy.status()).isEqualTo("running");
    keyboard.type("d#");
    // It was paused with two characters echoed, and what it holds is the old guest's memory.
    LaunchSite.awaitConsole(second.folder(), "the counter", text -> text.endsWith("\n"));
    assertThat(console(second)).endsWith("d00000003\n").doesNotContain(ProbeGuest.GREETING);
    var config = ((FirecrackerMachine) copy).configuration();
    assertThat(config.at("/network-interfaces/0/host_dev_name").asString(""))
        .isEqualTo(builder.tap);
    copy.stop(GRACE);
    assertThat(copy.isAlive()).isFalse();
    assertThat(first.folder()).isNotEqualTo(second.folder());
  }

  /** In slots of their own, started at the same moment, while the snapshot is taken away. */
  @ParameterizedTest
  @MethodSource("setups")
  void twoOfOneSnapshotShareItsMemoryAndWriteTheirOwn(Setup setup) throws Exception {
    Firecracker vmm = vmm(setup.release());
    BootSpec spec = spec(setup.transport()).build();
    MachineHandle machine = vmm.launch(spec);
    commandLine(spec);
    keyboard.type("ab");
    awaitConsole(spec, "\nab");
    machine.pause();
    Path snapshot = Files.createDirectory(site.root.resolve("snapshot-" + spec.id()));
    machine.snapshot(snapshot);
    machine.stop(GRACE);
    Digest content = SnapshotParts.write(snapshot, SnapshotParts.names(snapshot));
    BootSpec one = spec(setup.transport()).build();
    BootSpec two = site.beside(spec(setup.transport())).build();
    for (BootSpec.Disk disk : two.disks()) {
      Files.setAttribute(disk.file(), "unix:uid", two.uid());
    }
    try (var other = new Keyboard(site.root.resolve("other-keyboard"));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var beside =
          new Firecracker(site.host, site.cache(), setup.release(), Cgroups.ofHost(), other.fifo);
      Future<MachineHandle> started = threads.submit(() -> beside.restore(two, snapshot));
      MachineHandle first = vmm.restore(one, snapshot);
      MachineHandle second = started.get();
      assertThat(mapped(first)).isEqualTo(mapped(second)).hasSize(1);
      keyboard.type("cde#");
      other.type("i#"); // An f would be a triple fault.
      awaitConsole(one, "cde00000005\n");
      awaitConsole(two, "i00000003\n");
      assertThat(SnapshotParts.require(snapshot)).isEqualTo(content);
      DurableFiles.deleteTree(snapshot);
      keyboard.type("g#");
      awaitConsole(one, "g00000006\n");
      first.stop(GRACE);
      other.type("h#");
      awaitConsole(two, "h00000004\n");
      second.stop(GRACE);
    }
  }

  /** Device and inode of the file that is its guest's memory. */
  private static Set<String> mapped(MachineHandle machine) throws IOException {
    Path maps = Path.of("/proc/" + machine.ref().process().pid() + "/maps");
    return Files.readAllLines(maps).stream()
        .filter(line -> line.endsWith(Jail.LOADED_MEMORY))
        .map(line -> line.split(" +", -1))
        .map(fields -> fields[1] + " " + fields[3] + " " + fields[4])
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("setups")
  void livesInItsJail(Setup setup) throws IOException {
    // As the daemon has it from its start, and all that it starts.
    site.host.check(Command.of("prlimit", "--core=0", "--pid=" + ProcessHandle.current().pid()));
    Firecracker vmm = vmm(setup.release());
    BootSpec spec = spec(setup.transport()).build();
    MachineHandle machine = vmm.launch(spec);
    Path process = Path.of("/proc", Long.toString(machine.ref().process().pid()));
    String uid = Integer.toString(site.uid());
    Map<String, String> status =
        Files.readAllLines(process.resolve("status")).stream()
            .map(line -> line.split(":\\s*", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1].strip()));
    assertThat(String.valueOf(status.get("Uid")).split("\\s+")).containsOnly(uid);
    assertThat(String.valueOf(status.get("Gid")).split("\\s+"))
        .containsOnly(Integer.toString(VmmUsers.GROUP));
    assertThat(status).containsEntry("Groups", "").containsEntry("CapEff", "0000000000000000");
    assertThat(Files.readString(process.resolve("limits")))
        .containsPattern("Max core file size +0 +0 ")
        .containsPattern("Max open files +1024 +1024 ")
        .containsPattern("Max file size +1073741824 ");
    assertThat(process.resolve("oom_score_adj")).hasContent("500");
    assertThat(Files.readSymbolicLink(process.resolve("ns/net")))
        .hasToString(
            "net:[" + site.inNetns("stat", "-Lc", "%i", "/proc/self/ns/net").strip() + "]");
    // Its root is the jail, and nothing of the host's is in it.
    try (var files = Files.list(process.resolve("root"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("kernel", "disk0", "disk1", "vm-config.json", "vmm.log", "metrics.fifo")
          .contains("api.sock", "firecracker", "dev")
          .doesNotContain("etc", "proc", "home");
    }
    assertThat(Files.isSameFile(process.resolve("root/disk0"), spec.disks().getFirst().file()))
        .isTrue();
    assertInControlGroups(spec, machine);
    // The log stands beside the console, not in it.
    assertThat(console(spec)).doesNotContain("Firecracker v", "[main]");
    machine.stop(GRACE);
    assertThat(spec.folder().resolve("vmm.log")).exists();
    assertThat(console(spec)).contains(ProbeGuest.GREETING);
  }

  private void assertInControlGroups(BootSpec spec, MachineHandle machine) throws IOException {
    Cgroups groups = Cgroups.ofHost();
    assumeTrue(groups.version() > 0, "this host has no control group controller");
    String name = Invocation.name(spec.installation(), spec.id());
    for (Map.Entry<String, Path> controller : groups.controllers().entrySet()) {
      Path group = controller.getValue().resolve(Cgroups.parent(spec.installation())).resolve(name);
      assertThat(Files.readString(group.resolve("cgroup.procs")).lines())
          .contains(Long.toString(machine.ref().process().pid()));
    }
    Path memory =
        Objects.requireNonNull(groups.controllers().get("memory"))
            .resolve(Cgroups.parent(spec.installation()))
            .resolve(name);
    String file = groups.version() == 2 ? "memory.max" : "memory.limit_in_bytes";
    assertThat(Files.readString(memory.resolve(file)).strip())
        .isEqualTo(Long.toString((128 + 2 + 64L) << 20));
  }

  @ParameterizedTest
  @MethodSource("setups")
  void hasAllDevicesThatItsTypeAsksFor(Setup setup) throws IOException {
    Firecracker vmm = vmm(setup.release());
    SpecBuilder builder = spec(setup.transport());
    boolean limitsConsole = setup.release().features().hasSerialLimiter();
    builder.options =
        new MachineOptions(
            new Rate(1 << 20, 100),
            new Rate(2 << 20, 0),
            limitsConsole ? new Rate(100_000, 0) : null,
            true,
            true,
            true);
    BootSpec spec = builder.build();
    var machine = (FirecrackerMachine) vmm.launch(spec);
    assertThat(commandLine(spec)).isEqualTo(vmm.kernelCommandLine(spec));
    assertThat(machine.vsock()).hasValueSatisfying(socket -> assertThat(socket).exists());
    var config = machine.configuration();
    assertThat(config.at("/drives/0/rate_limiter/bandwidth/size").asLong()).isEqualTo(1 << 20);
    assertThat(config.at("/drives/1/rate_limiter/ops/size").asLong()).isEqualTo(100);
    assertThat(config.at("/network-interfaces/0/rx_rate_limiter/bandwidth/size").asLong())
        .isEqualTo(2 << 20);
    assertThat(config.at("/mmds-config/version").asString("")).isEqualTo("V2");
    assertThat(config.at("/balloon/amount_mib").asInt()).isZero();
    MachineMetrics metrics = machine.metrics();
    assertThat(metrics.counts())
        .containsKeys("uart.write_count", "net_eth0.rx_bytes_count", "block_root.read_bytes");
    assertThat(metrics.counts().get("uart.write_count")).isPositive();
    assertThat(metrics.levels()).containsKey("utc_timestamp_ms");
    // What was counted once is not counted again.
    assertThat(machine.metrics().counts().get("uart.write_count")).isZero();
    machine.pause();
    machine.resume();
    assertThat(machine.vsock()).isEmpty();
    if (setup.transport() == Transport.PCI) {
      keyboard.type("p");
      LaunchSite.awaitConsole(spec.folder(), "PCI", text -> text.contains("1af4:1044\n"));
      assertThat(console(spec)).contains("1af4:1045", "1af4:1042", "1af4:1041", "1af4:1053");
    }
    machine.stop(GRACE);
  }

  /** Volumes are further drives, and become longer while the guest runs, or is paused. */
  @ParameterizedTest
  @MethodSource("setups")
  void hasFurtherDrivesThatGrowWhileItRuns(Setup setup) throws IOException {
    Firecracker vmm = vmm(setup.release());
    SpecBuilder builder = spec(setup.transport());
    String name = setup.toString().replace(' ', '-') + ".img";
    Path volume = volume("volume-" + name);
    Path readOnly = volume("read-only-" + name);
    builder.disks =
        List.of(
            disk(builder.folder, false),
            disk(builder.folder, true),
            new BootSpec.Disk(volume, BootSpec.DiskFormat.RAW, false),
            new BootSpec.Disk(readOnly, BootSpec.DiskFormat.RAW, true));
    BootSpec spec = builder.build();
    var machine = (FirecrackerMachine) vmm.launch(spec);
    assertThat(commandLine(spec)).isEqualTo(vmm.kernelCommandLine(spec));
    var readOnlyDrives = new HashMap<String, Boolean>();
    for (JsonNode drive : machine.configuration().path("drives")) {
      readOnlyDrives.put(
          drive.path("drive_id").asString(""), drive.path("is_read_only").asBoolean());
    }
    assertThat(readOnlyDrives)
        .isEqualTo(Map.of("root", false, "seed", true, "disk2", false, "disk3", true));
    Path root = Path.of("/proc", Long.toString(machine.ref().process().pid()), "root");
    assertThat(Files.isSameFile(root.resolve("disk2"), volume)).isTrue();
    machine.metrics();

    grow(volume, 256L << 20);
    machine.resizeDisk(2, 256L << 20);
    assertThat(machine.metrics().counts()).containsEntry("block_disk2.update_count", 1L);
    machine.pause();
    grow(volume, 512L << 20);
    machine.resizeDisk(2, 512L << 20);
    assertThat(machine.standstill()).isEqualTo(Standstill.PAUSED);
    assertThat(machine.metrics().counts()).containsEntry("block_disk2.update_count", 1L);
    machine.resume();
    keyboard.type("x");
    awaitConsole(spec, "\nx");
    machine.stop(GRACE);
    assertThat(volume).as("it outlives its machine").hasSize(512L << 20);
    assertThat(Files.getAttribute(volume, "unix:uid")).isEqualTo(site.uid());
  }

  private Path volume(String name) throws IOException {
    Path file = Files.write(site.root.resolve(name), new byte[1 << 20]);
    Files.setAttribute(file, "unix:uid", site.uid());
    return file;
  }

  private static void grow(Path file, long bytes) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(bytes);
    }
  }

  @ParameterizedTest
  @MethodSource("releases")
  void aGuestThatResetsEndsItAndThatIsNoSuccess(Release release) throws IOException {
    BootSpec spec = spec(Transport.MMIO).build();
    MachineHandle machine = vmm(release).launch(spec);
    commandLine(spec);
    keyboard.type("q");
    Awaitility.await().until(() -> !machine.isAlive());
    assertThatThrownBy(machine::status)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("exit code 0")
        .hasMessageContaining("panicked");
    assertThat(vmm(release).recover(machine.ref())).isEmpty();
    machine.stop(GRACE);
  }

  @ParameterizedTest
  @MethodSource("releases")
  void isFoundAndEndedWhateverTheDaemonCameTo(Release release) throws IOException {
    BootSpec spec = spec(Transport.MMIO).build();
    // Firecracker, then its logger.
    for (int processes = 0; processes <= 2; processes++) {
      var dying = new DyingHost(site.host, processes);
      var vmm = new Firecracker(dying, site.cache(), release, Cgroups.ofHost(), keyboard.fifo);
      assertThatThrownBy(() -> vmm.launch(spec)).isInstanceOf(DyingHost.Death.class);
      assertThat(site.processes()).hasSize(processes);
      if (processes < 2) {
        end(release, spec);
        site.assertNothingIsLeft();
      }
    }
    // The last one started all of them; another daemon finds its Firecracker by its name alone.
    Awaitility.await().until(() -> console(spec).contains(ProbeGuest.GREETING));
    assertThat(vmm(release).family().running(site.installation)).containsOnlyKeys(spec.id());
    MachineHandle next = vmm(release).launch(spec);
    commandLine(spec);
    assertThat(vmm(release).family().running(site.installation))
        .containsExactly(Map.entry(spec.id(), next.ref().process()));
    end(release, spec);
  }

  private void end(Release release, BootSpec spec) {
    vmm(release).family().end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
  }

  @ParameterizedTest
  @MethodSource("releases")
  void runsDirectlyWhereItHasNoJailer(Release release) throws IOException {
    Path kvm = Path.of("/dev/kvm");
    var before = Files.getPosixFilePermissions(kvm);
    site.host.check(Command.of("chmod", "666", kvm.toString()));
    try {
      BootSpec spec = spec(Transport.MMIO).build();
      Firecracker vmm = vmm(RealReleases.direct(release));
      MachineHandle machine = vmm.launch(spec);
      assertThat(commandLine(spec)).isEqualTo(vmm.kernelCommandLine(spec));
      Path process = Path.of("/proc", Long.toString(machine.ref().process().pid()));
      assertThat(Files.readString(process.resolve("status")))
          .containsPattern("Uid:\\s+" + site.uid() + "\\s")
          .contains("NoNewPrivs:\t1", "CapBnd:\t0000000000000000");
      assertThat(Files.readSymbolicLink(process.resolve("ns/net")))
          .hasToString(
              "net:[" + site.inNetns("stat", "-Lc", "%i", "/proc/self/ns/net").strip() + "]");
      assertThat(Files.readSymbolicLink(process.resolve("cwd")))
          .isEqualTo(spec.folder().resolve("run/direct"));
      machine.pause();
      Path snapshot = Files.createDirectory(site.root.resolve("snapshot-" + spec.id()));
      machine.snapshot(snapshot);
      machine.stop(GRACE);
      // What was written without a jail opens in one.
      BootSpec other = spec(Transport.MMIO).build();
      MachineHandle copy = vmm(release).restore(other, snapshot);
      keyboard.type("#");
      LaunchSite.awaitConsole(other.folder(), "the counter", text -> text.endsWith("00000000\n"));
      copy.stop(GRACE);
    } finally {
      Files.setPosixFilePermissions(kvm, before);
    }
  }

  @ParameterizedTest
  @MethodSource("releases")
  void aDiskOnAnotherFileSystemIsReachedAsWell(Release release) throws IOException {
    Path elsewhere = Files.createDirectory(site.root.resolve("elsewhere-" + release.name()));
    site.host.check(
        Command.of("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", elsewhere.toString()));
    try {
      SpecBuilder builder = spec(Transport.MMIO);
      builder.disks = List.of(disk(elsewhere, false));
      BootSpec spec = builder.build();
      MachineHandle machine = vmm(release).launch(spec);
      commandLine(spec);
      assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).contains("root/disk0 ");
      machine.stop(GRACE);
      assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain("root/disk0 ");
    } finally {
      site.host.check(Command.of("umount", elsewhere.toString()));
    }
  }

  @ParameterizedTest
  @MethodSource("releases")
  void whatItSaysWhenItFailsIsQuoted(Release release) throws IOException {
    // An ELF that is none further on: only Firecracker can tell.
    Path broken = Files.write(site.root.resolve("broken-" + release.name()), brokenElf());
    SpecBuilder builder = spec(Transport.MMIO);
    builder.kernel = broken;
    BootSpec spec = builder.build();
    assertThatThrownBy(() -> vmm(release).launch(spec))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("Firecracker ended before it was running with exit code 1")
        .hasMessageMatching("(?s).*(?i)(kernel|elf|load).*");
    assertThat(site.processes()).isEmpty();
  }

  private static byte[] brokenElf() {
    byte[] bytes = new byte[4096];
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}, 0, bytes, 0, 7);
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("releases")
  void aSnapshotIsForItsReleaseAlone(Release release) throws IOException {
    BootSpec spec = spec(Transport.MMIO).build();
    MachineHandle machine = vmm(release).launch(spec);
    machine.pause();
    Path snapshot = Files.createDirectory(site.root.resolve("snapshot-" + spec.id()));
    machine.snapshot(snapshot);
    machine.stop(GRACE);
    BootSpec other = spec(Transport.MMIO).build();
    for (Release stranger : RealReleases.all()) {
      if (!stranger.version().equals(release.version())) {
        assertThatThrownBy(() -> vmm(stranger).restore(other, snapshot))
            .isInstanceOf(Refused.class)
            .hasMessageContaining(release.version().toString());
      }
    }
    Path memory = snapshot.resolve(Jail.SNAPSHOT_MEMORY);
    Path state = snapshot.resolve(Jail.SNAPSHOT_STATE);
    assertThat(Files.size(memory)).isEqualTo(128 << 20);
    assertThat(Files.getAttribute(state, "unix:uid", LinkOption.NOFOLLOW_LINKS)).isEqualTo(0);
    // A state that is none ends the process, and the fault quotes it.
    Files.delete(state);
    Files.write(state, new byte[100]);
    assertThatThrownBy(() -> vmm(release).restore(other, snapshot))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("napshot");
    Files.delete(snapshot.resolve("snapshot.json"));
    assertThatThrownBy(() -> vmm(release).restore(other, snapshot))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("holds no whole snapshot");
    assertThatThrownBy(() -> vmm(release).restore(other, snapshot.resolve("none")))
        .isInstanceOf(HostFault.class);
  }
}
