package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What every driver promises to the life cycle, with real guests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class VmmContract {
  private static final Duration GRACE = Duration.ofSeconds(5);

  /** No process has this number: PID_MAX_LIMIT of Linux is 4 Mi. */
  private static final long NOBODY = 5 << 20;

  public LaunchSite site;
  public Vmm vmm;

  /** The driver under test on this host. */
  public abstract Vmm vmm(Host host, Path cache);

  public abstract Transport transport();

  @BeforeAll
  public void open() {
    site = new LaunchSite();
    vmm = vmm(site.host, site.cache());
    site.formats = vmm.capabilities().diskFormats();
  }

  @AfterEach
  public void nothingIsLeft() throws IOException {
    try {
      site.assertNothingIsLeft();
    } finally {
      site.killAll(); // What one test leaves shall not fail the next one.
    }
  }

  @AfterAll
  public void close() throws IOException {
    site.close();
  }

  public SpecBuilder spec() {
    SpecBuilder spec = site.spec();
    spec.transport = transport();
    return spec;
  }

  public void end(BootSpec spec) {
    vmm.family().end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
  }

  public static void awaitEnd(MachineHandle machine) {
    Awaitility.await().atMost(LaunchSite.LONG).until(() -> !machine.isAlive());
  }

  @Test
  public void bootsAGuestWithItsDisksAndItsNetwork() throws Exception {
    SpecBuilder builder = site.wholeSpec();
    builder.transport = transport();
    BootSpec spec = builder.build();
    MachineHandle machine = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "visco-initramfs: eth0 has 192.168.100.2");
    String console = LaunchSite.console(spec.folder());
    assertThat(console)
        .contains("Command line: " + vmm.kernelCommandLine(spec))
        .contains("virtio_blk", "[vda]", "[vdb]")
        .contains("mounted from /dev/vda1 (ext4)");
    assertThat(console.contains("1af4:1042")).isEqualTo(transport() == Transport.PCI);
    site.awaitAnswerTo("192.168.100.2");
    machine.stop(GRACE);
    assertThat(machine.isAlive()).isFalse();
    assertThat(LaunchSite.console(spec.folder())).contains("starting /sbin/init");
  }

  @Test
  public void aMachineIsFoundAgainByItsReference() {
    BootSpec spec = spec().build();
    MachineRef ref = vmm.launch(spec).ref();
    assertThat(ref.vmm()).isEqualTo(vmm.family().name());
    // Another daemon's driver knows nothing of what this one remembers.
    Vmm other = vmm(site.host, site.cache());
    MachineHandle recovered = other.recover(ref).orElseThrow();
    assertThat(recovered.ref()).isEqualTo(ref);
    assertThat(recovered.status()).isEqualTo("running");
    ProcessRef process = ref.process();
    for (ProcessRef wrong :
        List.of(
            new ProcessRef(NOBODY, process.startTicks(), process.bootId()),
            new ProcessRef(process.pid(), process.startTicks() + 1, process.bootId()),
            new ProcessRef(process.pid(), process.startTicks(), "another-boot"))) {
      var stranger =
          new MachineRef(ref.vmm(), ref.accelerator(), wrong, ref.socket(), ref.release());
      assertThat(other.recover(stranger)).as(wrong.toString()).isEmpty();
      assertThat(other.handle(stranger).isAlive()).isFalse();
    }
    recovered.stop(GRACE);
    assertThat(other.recover(ref)).isEmpty();
    recovered.stop(GRACE);
    other.handle(ref).stop(Duration.ZERO);
  }

  @Test
  public void itsMachinesAreFoundAmongAllProcesses() {
    BootSpec one = spec().build();
    SpecBuilder beside = spec();
    beside.tap = "tap1";
    BootSpec two = beside.build();
    MachineRef first = vmm.launch(one).ref();
    MachineRef second = vmm.launch(two).ref();
    assertThat(vmm.family().running(site.installation))
        .containsOnlyKeys(one.id(), two.id())
        .containsEntry(one.id(), first.process())
        .containsEntry(two.id(), second.process());
    String other = site.installation.value().equals("0000") ? "0001" : "0000";
    assertThat(vmm.family().running(new InstallationId(other))).isEmpty();
    // Ended by another installation's daemon it is not.
    vmm.family()
        .end(new InstallationId(other), one.id(), site.root.resolve("elsewhere"), Duration.ZERO);
    assertThat(vmm.recover(first)).isPresent();
    end(one);
    assertThat(vmm.family().running(site.installation)).containsOnlyKeys(two.id());
    end(two);
  }

  @Test
  public void aLaunchReplacesWhatAnEarlierOneOfTheSameVmLeft() {
    BootSpec spec = spec().build();
    MachineHandle first = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "Linux version");
    MachineHandle second = vmm.launch(spec);
    assertThat(first.isAlive()).isFalse();
    assertThat(vmm.family().running(site.installation))
        .containsEntry(spec.id(), second.ref().process());
    LaunchSite.awaitConsole(spec.folder(), "Linux version");
    assertThat(LaunchSite.console(spec.folder())).containsOnlyOnce("Linux version");
    second.stop(GRACE);
  }

  @Test
  public void aGuestThatPanicsEndsItsMachineAndIsNotTakenForASuccess() {
    SpecBuilder builder = spec();
    builder.bootArgs = List.of("root=/dev/nonexistent", "visco.root-deadline=0");
    BootSpec spec = builder.build();
    MachineHandle machine = vmm.launch(spec);
    awaitEnd(machine);
    assertThat(vmm.recover(machine.ref())).isEmpty();
    assertThat(vmm.family().running(site.installation)).isEmpty();
    assertThatThrownBy(machine::status).isInstanceOf(HostFault.class);
    machine.stop(GRACE);
    // The evidence outlives the machine.
    assertThat(LaunchSite.console(spec.folder()))
        .contains("cannot find root device \"/dev/nonexistent\"")
        .contains("Kernel panic - not syncing: Attempted to kill init!");
  }

  @Test
  public void aPausedGuestStandsStillUntilItIsResumed() {
    SpecBuilder builder = spec();
    builder.initrd = ChattyInitrd.write(site.root.resolve("ticking"), "usleep 20000; echo tick");
    BootSpec spec = builder.build();
    MachineHandle machine = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "tick");
    machine.pause();
    machine.pause();
    assertThat(machine.status()).isEqualTo("paused");
    assertThat(machine.standstill()).isEqualTo(Standstill.PAUSED);
    // What was on its way to the file when it was paused is there once nothing more comes.
    String[] before = {""};
    Awaitility.await()
        .atMost(LaunchSite.LONG)
        .during(Duration.ofMillis(300))
        .until(() -> {
          boolean still = LaunchSite.console(spec.folder()).equals(before[0]);
          before[0] = LaunchSite.console(spec.folder());
          return still;
        });
    machine.resume();
    assertThat(machine.status()).isEqualTo("running");
    assertThat(machine.standstill()).isEqualTo(Standstill.NONE);
    LaunchSite.awaitConsole(
        spec.folder(), "more", console -> console.length() > before[0].length());
    machine.pause();
    machine.stop(GRACE); // A paused one ends as well.
    assertThat(machine.isAlive()).isFalse();
  }

  private static final Pattern TICK = Pattern.compile("tick (\\d+)\r");

  public static List<Integer> ticks(BootSpec spec) {
    return TICK.matcher(LaunchSite.console(spec.folder()))
        .results()
        .map(found -> Integer.valueOf(found.group(1)))
        .toList();
  }

  public SpecBuilder counting(String tap) {
    SpecBuilder builder = spec();
    builder.initrd =
        ChattyInitrd.write(site.root.resolve("counting"), "usleep 20000; echo tick $((n=n+1))");
    builder.tap = tap;
    return builder;
  }

  public Path snapshotFolder() throws IOException {
    Path folder = Files.createTempDirectory(site.root, "snapshot");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    return folder;
  }

  /** What counts in the guest's memory shows whether the copies are of that very moment. */
  @Test
  public void aSnapshotIsRestoredTwiceSideBySide() throws IOException {
    BootSpec spec = counting("tap0").build();
    MachineHandle machine = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "tick 5\r");
    machine.pause();
    Path snapshot = snapshotFolder();
    machine.snapshot(snapshot);
    assertThat(machine.status()).isEqualTo("paused");
    machine.stop(GRACE);
    int last = ticks(spec).getLast();
    List<BootSpec> copies = List.of(counting("tap0").build(), counting("tap1").build());
    List<MachineHandle> restored =
        copies.stream().map(copy -> vmm.restore(copy, snapshot)).toList();
    for (BootSpec copy : copies) {
      LaunchSite.awaitConsole(copy.folder(), "five ticks", text -> ticks(copy).size() >= 5);
      // A line may have been cut in two by the pause.
      assertThat(ticks(copy).getFirst()).isBetween(last, last + 2);
      assertThat(LaunchSite.console(copy.folder())).doesNotContain("Linux version");
    }
    assertThat(vmm.family().running(site.installation))
        .containsOnlyKeys(copies.stream().map(BootSpec::id).toList());
    restored.forEach(one -> {
      assertThat(one.status()).isEqualTo("running");
      one.stop(GRACE);
    });
  }

  /** A slot for each, and all started at the same moment. */
  @Test
  public void manyStartFromOneSnapshotAtOnceWriteTheirOwnAndLeaveItAsItWas() throws Exception {
    BootSpec spec = counting("tap0").build();
    MachineHandle machine = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "tick 5\r");
    machine.pause();
    Path snapshot = snapshotFolder();
    machine.snapshot(snapshot);
    machine.stop(GRACE);
    Digest content = SnapshotParts.write(snapshot, SnapshotParts.names(snapshot));
    BootSpec one = counting("tap0").build();
    BootSpec two = site.beside(counting("tap0")).build();
    List<MachineHandle> machines = restoredAtOnce(snapshot, one, two);
    for (BootSpec copy : List.of(one, two)) {
      LaunchSite.awaitConsole(copy.folder(), "five ticks", text -> ticks(copy).size() >= 5);
    }
    MachineHandle first = machines.getFirst();
    first.pause();
    int more = ticks(one).getLast() + 20;
    LaunchSite.awaitConsole(two.folder(), "more", text -> ticks(two).getLast() > more);
    // What a copy is written down as is its own, not its parent's or its sibling's.
    Path later = snapshotFolder();
    first.snapshot(later);
    first.stop(GRACE);
    assertThat(SnapshotParts.require(snapshot)).isEqualTo(content);
    DurableFiles.deleteTree(snapshot);
    int last = ticks(one).getLast();
    BootSpec three = counting("tap0").build();
    MachineHandle third = vmm.restore(three, later);
    LaunchSite.awaitConsole(three.folder(), "five ticks", text -> ticks(three).size() >= 5);
    assertThat(ticks(three).getFirst()).isBetween(last, last + 2);
    int now = ticks(two).getLast();
    LaunchSite.awaitConsole(two.folder(), "more", text -> ticks(two).getLast() > now + 5);
    assertThat(LaunchSite.console(two.folder())).doesNotContain("Linux version");
    third.stop(GRACE);
    machines.getLast().stop(GRACE);
  }

  private List<MachineHandle> restoredAtOnce(Path snapshot, BootSpec... specs) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<MachineHandle>> starts = new ArrayList<>();
      for (BootSpec spec : specs) {
        starts.add(() -> vmm.restore(spec, snapshot));
      }
      var machines = new ArrayList<MachineHandle>();
      for (Future<MachineHandle> started : threads.invokeAll(starts)) {
        machines.add(started.get());
      }
      return machines;
    }
  }

  @Test
  public void aRestoredGuestAnswersAndCanBeSavedAgain() throws IOException {
    SpecBuilder builder = site.wholeSpec();
    builder.transport = transport();
    BootSpec spec = builder.build();
    MachineHandle machine = vmm.launch(spec);
    for (int round = 0; round < 2; round++) {
      site.awaitAnswerTo("192.168.100.2");
      machine.pause();
      Path snapshot = snapshotFolder();
      machine.snapshot(snapshot);
      if (round == 1) {
        // Saved and gone on, it is as it was.
        machine.resume();
        site.awaitAnswerTo("192.168.100.2");
      }
      machine.stop(GRACE);
      machine = vmm.restore(spec, snapshot);
    }
    site.awaitAnswerTo("192.168.100.2");
    machine.stop(GRACE);
  }

  private static void assertNotRestorable(Vmm vmm, BootSpec spec, Path snapshot, String what) {
    assertThatThrownBy(() -> vmm.requireRestorable(spec, snapshot))
        .as(what)
        .isInstanceOfAny(HostFault.class, Refused.class);
  }

  /** Judged before anything is done to the machine that runs: it still stands where it stood. */
  @Test
  public void whatCannotBeRestoredIsRefusedBeforeAnythingIsChanged() throws IOException {
    BootSpec spec = counting("tap0").build();
    MachineHandle machine = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "tick 5\r");
    machine.pause();
    Path snapshot = snapshotFolder();
    machine.snapshot(snapshot);
    List<String> parts = SnapshotParts.names(snapshot);
    assertThat(parts).hasSize(3);
    SnapshotParts.write(snapshot, parts);
    vmm.requireRestorable(spec, snapshot);
    for (String part : parts) {
      Path file = snapshot.resolve(part);
      try (var open = new RandomAccessFile(file.toFile(), "rw")) {
        long at = open.length() / 2;
        open.seek(at);
        int whole = open.read();
        open.seek(at);
        open.write(whole ^ 8);
        assertNotRestorable(vmm, spec, snapshot, part + " changed");
        open.seek(at);
        open.write(whole);
        long size = open.length();
        open.seek(size - 1);
        int last = open.read();
        open.setLength(size - 1);
        assertNotRestorable(vmm, spec, snapshot, part + " cut");
        open.seek(size - 1);
        open.write(last);
      }
      Path gone = Files.move(file, snapshot.resolveSibling("gone"));
      assertNotRestorable(vmm, spec, snapshot, part + " missing");
      Files.move(gone, file);
    }
    SpecBuilder larger = counting("tap0");
    larger.memoryMib = spec.memoryMib() * 2;
    assertNotRestorable(vmm, larger.build(), snapshot, "another machine's");
    vmm.requireRestorable(spec, snapshot);
    assertThat(machine.status()).isEqualTo("paused");
    machine.stop(GRACE);
    MachineHandle restored = vmm.restore(spec, snapshot);
    assertThat(restored.status()).isEqualTo("running");
    restored.stop(GRACE);
    MachineHandle loaded = vmm.load(spec, snapshot);
    assertThat(loaded.status()).as("its guest stands still").isEqualTo("paused");
    loaded.resume();
    loaded.resume();
    assertThat(loaded.status()).isEqualTo("running");
    loaded.stop(GRACE);
  }

  @Test
  public void onlyAPausedMachineIsSaved() throws IOException {
    BootSpec spec = spec().build();
    MachineHandle machine = vmm.launch(spec);
    Path snapshot = snapshotFolder();
    assertThatThrownBy(() -> machine.snapshot(snapshot)).isInstanceOf(Refused.class);
    assertThat(snapshot).isEmptyDirectory();
    machine.stop(GRACE);
  }

  @Test
  public void nothingIsRestoredFromNothing() throws IOException {
    Path empty = snapshotFolder();
    assertThatThrownBy(() -> vmm.restore(spec().build(), empty))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(empty.toString());
  }

  @Test
  public void aMachineThatDoesNotReactIsKilled() {
    BootSpec spec = spec().build();
    MachineHandle machine = vmm.launch(spec);
    long pid = machine.ref().process().pid();
    site.host.check(Command.of("kill", "-STOP", Long.toString(pid)));
    machine.stop(Duration.ofMillis(200));
    assertThat(machine.isAlive()).isFalse();
  }

  @Test
  public void aMissingDiskIsSaidInTheVmmsOwnWords() {
    SpecBuilder builder = spec();
    builder.disks =
        List.of(
            new BootSpec.Disk(builder.folder.resolve("root.img"), BootSpec.DiskFormat.RAW, false));
    BootSpec spec = builder.build();
    assertThatThrownBy(() -> vmm.launch(spec))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("root.img")
        .hasMessageContaining("No such file or directory");
  }

  @Test
  public void aDiskThatItsUserMayNotReadIsSaidToo() throws IOException {
    SpecBuilder builder = spec();
    Path disk = Files.createFile(builder.folder.resolve("root.img"));
    builder.disks = List.of(new BootSpec.Disk(disk, BootSpec.DiskFormat.RAW, false));
    BootSpec spec = builder.build();
    assertThatThrownBy(() -> vmm.launch(spec))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("root.img")
        .hasMessageContaining("Permission denied");
  }

  @Test
  public void aMissingNetworkIsSaid() {
    SpecBuilder builder = spec();
    builder.netns = "visco-" + site.installation + "-7";
    BootSpec spec = builder.build();
    assertThatThrownBy(() -> vmm.launch(spec))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(builder.netns)
        .hasMessageContaining("No such file or directory");
  }

  @Test
  public void aFaultQuotesItsOwnLaunchOnly() throws IOException {
    BootSpec spec = spec().build();
    Files.writeString(spec.folder().resolve("vmm.log"), "words of an earlier launch\n");
    SpecBuilder broken = spec();
    broken.id = spec.id();
    broken.folder = spec.folder();
    Path missing = spec.folder().resolve("missing.img");
    broken.disks = List.of(new BootSpec.Disk(missing, BootSpec.DiskFormat.RAW, false));
    assertThatThrownBy(() -> vmm.launch(broken.build()))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("missing.img")
        .hasMessageNotContaining("earlier launch");
  }

  /** Every process that a launch starts is the last one once. */
  @Test
  public void aLaunchThatDiesHalfWayLeavesNothingThatEndDoesNotFind() throws IOException {
    for (int max = 0; max <= 2; max++) {
      BootSpec spec = spec().build();
      var dying = new DyingHost(site.host, max);
      assertThatThrownBy(() -> vmm(dying, site.cache()).launch(spec))
          .isInstanceOf(DyingHost.Death.class);
      // A logger ends by itself when nobody is left who could write.
      assertThat(site.processes()).hasSizeBetween(max / 2, max);
      end(spec);
      site.assertNothingIsLeft();
      end(spec);
    }
  }

  @Test
  public void aLaunchAfterOneThatDiedHalfWaySucceeds() {
    BootSpec spec = spec().build();
    assertThatThrownBy(() -> vmm(new DyingHost(site.host, 1), site.cache()).launch(spec))
        .isInstanceOf(DyingHost.Death.class);
    MachineHandle machine = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "Linux version");
    machine.stop(GRACE);
  }

  @Test
  public void whateverHasNeverBeenIsEndedAtOnce() {
    BootSpec spec = spec().build();
    end(spec);
    vmm.family().end(spec.installation(), spec.id(), site.root.resolve("never-made"), GRACE);
  }
}
