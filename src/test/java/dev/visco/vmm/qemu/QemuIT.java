package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.RunningProcess;
import dev.visco.host.SparseFile;
import dev.visco.model.BootSpec;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.VmmUsers;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.ChattyInitrd;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.LaunchSite;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.MemoryUse;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.Vmm;
import dev.visco.vmm.VmmContract;
import dev.visco.vmm.VmmLimits;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** QEMU keeps the contract on both transports, and what is QEMU's own besides. */
class QemuIT {
  private static final Duration GRACE = Duration.ofSeconds(5);

  @Nested
  class OnPci extends VmmContract {
    @Override
    public Vmm vmm(Host host, Path cache) {
      return new Qemu(host, cache, "tcg");
    }

    @Override
    public Transport transport() {
      return Transport.PCI;
    }
  }

  @Nested
  class OnMmio extends VmmContract {
    private static final Pattern UPTIME = Pattern.compile("up (\\d+\\.\\d+)");
    private static final Pattern MEMORY =
        Pattern.compile("^(\\w+)-(\\w+) rw-p .* /memfd:" + SharedMemories.NAME);

    @Override
    public Vmm vmm(Host host, Path cache) {
      return new Qemu(host, cache, "tcg");
    }

    @Override
    public Transport transport() {
      return Transport.MMIO;
    }

    private SpecBuilder looping(String body) {
      SpecBuilder spec = spec();
      spec.initrd = ChattyInitrd.write(site.root.resolve("initrd-" + spec.id), body);
      return spec;
    }

    private RunningProcess logger(BootSpec spec) {
      String fifo = RunFolder.of(spec).fifo().toString();
      return site.processes().stream()
          .filter(process -> process.arguments().contains(fifo))
          .findFirst()
          .orElseThrow();
    }

    @Test
    void runsAsNobodyInASandboxAndHoldsNothingOfTheDaemons() throws IOException {
      BootSpec spec = spec().build();
      MachineHandle machine = vmm.launch(spec);
      Path process = Path.of("/proc", Long.toString(machine.ref().process().pid()));
      String uid = Integer.toString(site.uid());
      Map<String, String> status =
          Files.readAllLines(process.resolve("status")).stream()
              .map(line -> line.split(":\\s*", 2))
              .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1].strip()));
      assertThat(String.valueOf(status.get("Uid")).split("\\s+")).containsOnly(uid);
      assertThat(String.valueOf(status.get("Gid")).split("\\s+")).containsOnly(uid);
      assertThat(status)
          .containsEntry("Groups", Integer.toString(VmmUsers.GROUP))
          .containsEntry("NoNewPrivs", "1")
          .containsEntry("Seccomp", "2")
          .containsEntry("CapEff", "0000000000000000")
          .containsEntry("CapBnd", "0000000000000000");
      assertThat(Files.readString(process.resolve("limits")))
          .containsPattern("Max core file size +0 +0 ")
          .containsPattern("Max file size +" + VmmLimits.largestFile(spec) + " ");
      assertThat(Files.readString(process.resolve("oom_score_adj"))).isEqualTo("500\n");
      Cgroups groups = Cgroups.ofHost();
      if (groups.version() > 0
          && groups.controllers().values().stream().allMatch(Files::isWritable)) {
        assertThat(Cgroups.nameOf(machine.ref().process().pid()))
            .contains("visco-" + site.installation + "-" + spec.id());
      }
      assertThat(Files.readSymbolicLink(process.resolve("ns/net")))
          .hasToString(
              "net:[" + site.inNetns("stat", "-Lc", "%i", "/proc/self/ns/net").strip() + "]");
      // It leads a session of its own, so that no terminal's end is its end.
      String stat = Files.readString(process.resolve("stat"));
      assertThat(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3])
          .isEqualTo(process.getFileName().toString());
      assertNoPipeToUs(process, spec.folder().resolve("vmm.log"));
      assertNoPipeToUs(Path.of("/proc", Long.toString(logger(spec).ref().pid())), spec.console());
      assertThat(Files.getPosixFilePermissions(spec.folder().resolve("run"))).hasSize(3);
      machine.stop(GRACE);
    }

    private void assertNoPipeToUs(Path process, Path written) throws IOException {
      List<String> files = new ArrayList<>();
      try (var descriptors = Files.list(process.resolve("fd"))) {
        for (Path descriptor : descriptors.toList()) {
          files.add(Files.readSymbolicLink(descriptor).toString());
        }
      }
      assertThat(files)
          .contains("/dev/null", written.toString())
          .noneMatch(file -> file.startsWith("pipe:"));
    }

    @Test
    void aDamagedSnapshotIsSaidAndLeavesNothing() throws IOException {
      BootSpec spec = spec().build();
      MachineHandle machine = vmm.launch(spec);
      LaunchSite.awaitConsole(spec.folder(), "Linux version");
      machine.pause();
      Path whole = Files.createTempDirectory(site.root, "whole");
      machine.snapshot(whole);
      assertThat(Files.size(whole.resolve("memory"))).isEqualTo(256L << 20);
      machine.stop(GRACE);
      for (String name : List.of("memory", "state", "snapshot.json")) {
        Path file = whole.resolve(name);
        Path aside = Files.move(file, whole.resolve("aside"));
        assertCannotRestore(spec, whole, "not", file.toString());
        Files.write(file, new byte[100]);
        assertCannotRestore(spec, whole, file.toString());
        Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
      }
      String about = Files.readString(whole.resolve("snapshot.json"));
      Files.writeString(
          whole.resolve("snapshot.json"),
          about.replaceFirst("\"qemu\":\"[^\"]*\"", "\"qemu\":\"1.0\""));
      assertThatThrownBy(() -> vmm.restore(spec, whole))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("written by QEMU 1.0");
      site.assertNothingIsLeft();
      Files.writeString(whole.resolve("snapshot.json"), about);
      SpecBuilder larger = spec();
      larger.memoryMib = 257;
      assertThatThrownBy(() -> vmm.restore(larger.build(), whole))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("1 vCPUs and 256 MiB");
      // On the other transport it is QEMU itself that finds no device for what it reads.
      SpecBuilder other = spec();
      other.transport = Transport.PCI;
      assertCannotRestore(other.build(), whole, "load of migration failed");
    }

    private void assertCannotRestore(BootSpec spec, Path folder, String... words)
        throws IOException {
      assertThatThrownBy(() -> vmm.restore(spec, folder))
          .isInstanceOf(HostFault.class)
          .hasMessageContainingAll(words);
      site.assertNothingIsLeft();
    }

    @Test
    void aSnapshotThatCannotBeWrittenLeavesNothing() throws IOException {
      BootSpec spec = spec().build();
      MachineHandle machine = vmm.launch(spec);
      LaunchSite.awaitConsole(spec.folder(), "Run /init");
      machine.pause();
      Path full = Files.createTempDirectory(site.root, "full");
      site.host.check(
          Command.of("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", full.toString()));
      try {
        assertThatThrownBy(() -> machine.snapshot(full))
            .isInstanceOf(HostFault.class)
            .hasMessageContaining("No space left");
        assertThat(full).isEmptyDirectory();
        assertThat(machine.status()).isEqualTo("paused");
        machine.resume();
        assertThat(machine.status()).isEqualTo("running");
      } finally {
        machine.stop(GRACE);
        site.host.check(Command.of("umount", full.toString()));
      }
    }

    /** QEMU would start with it, and the kernel would kill somebody later. */
    @Test
    void aGuestLargerThanTheHostIsRefused() {
      SpecBuilder builder = spec();
      builder.memoryMib = 1 << 20;
      assertThatThrownBy(() -> vmm.launch(builder.build()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("1048576 MiB");
    }

    @Test
    void limitsAndABalloonReachTheGuestAndWhatIsNotThereIsRefused() {
      SpecBuilder builder = site.wholeSpec();
      builder.options =
          new MachineOptions(new Rate(50_000_000, 1000), null, null, true, false, true);
      BootSpec spec = builder.build();
      MachineHandle machine = vmm.launch(spec);
      site.awaitAnswerTo("192.168.100.2");
      machine.stop(GRACE);
      SpecBuilder limited = spec();
      limited.options = new MachineOptions(null, null, new Rate(1, 0), false, false, false);
      assertThatThrownBy(() -> vmm.launch(limited.build()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("a rate limit of the console");
    }

    /** By a daemon of its own, which dies at once. */
    private MachineRef launchAndHalt(BootSpec spec, String... snapshot) {
      var command =
          new ArrayList<>(
              List.of(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-XX:TieredStopAtLevel=1",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  LaunchAndHalt.class.getName(),
                  site.installation.value(),
                  spec.netns(),
                  Integer.toString(site.uid()),
                  spec.kernel().toString(),
                  String.valueOf(spec.initrd()),
                  spec.folder().toString(),
                  site.cache().toString()));
      command.addAll(List.of(snapshot));
      CommandResult daemon = site.host.run(Command.of(command));
      assertThat(daemon.exitCode()).as(daemon.error()).isEqualTo(9);
      MachineRef told = Json.read(daemon.output(), MachineRef.class);
      assertThat(vmm.family().running(site.installation)).containsEntry(spec.id(), told.process());
      return told;
    }

    private Path snapshotOf(BootSpec spec) throws IOException {
      MachineHandle machine = vmm.launch(spec);
      LaunchSite.awaitConsole(spec.folder(), "tick 5\r");
      machine.pause();
      Path snapshot = snapshotFolder();
      machine.snapshot(snapshot);
      machine.stop(GRACE);
      SnapshotParts.write(snapshot, SnapshotParts.names(snapshot));
      return snapshot;
    }

    /** The inodes of the shared memories that a process has open. */
    private static Set<Long> sharedMemories(long pid) throws IOException {
      var found = new HashSet<Long>();
      try (var descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
        for (Path descriptor : descriptors) {
          if (name(descriptor).startsWith("/memfd:" + SharedMemories.NAME)) {
            found.add((Long) Files.getAttribute(descriptor, "unix:ino"));
          }
        }
      } catch (NoSuchFileException | AccessDeniedException e) {
        return Set.of(); // It has ended, or is nothing of ours.
      }
      return found;
    }

    private static String name(Path descriptor) throws IOException {
      try {
        return Files.readSymbolicLink(descriptor).toString();
      } catch (NoSuchFileException | AccessDeniedException e) {
        return ""; // It was closed meanwhile, or is nothing of ours.
      }
    }

    private static Optional<Long> sharedMemory(MachineRef machine) throws IOException {
      Set<Long> found = sharedMemories(machine.process().pid());
      assertThat(found).hasSizeLessThanOrEqualTo(1);
      return found.stream().findFirst();
    }

    /** All that the guest has, by its own process's memory and not by what Visco makes of it. */
    private byte[] memory(MachineHandle machine) throws IOException {
      Path process = Path.of("/proc/" + machine.ref().process().pid());
      for (String line : Files.readAllLines(process.resolve("maps"))) {
        Matcher mapping = MEMORY.matcher(line);
        if (mapping.find()) {
          long start = Long.parseLong(mapping.group(1), 16);
          ByteBuffer all =
              ByteBuffer.allocate((int) (Long.parseLong(mapping.group(2), 16) - start));
          try (FileChannel memory = FileChannel.open(process.resolve("mem"))) {
            while (all.hasRemaining()) {
              memory.read(all, start + all.position());
            }
          }
          return all.array();
        }
      }
      throw new AssertionError("no memory in " + process);
    }

    /** Each is a snapshot of a machine that came from the one before. */
    @Test
    void aChainOfTenHasWhatItsGuestsHadToTheByte() throws IOException {
      Path snapshot = snapshotOf(counting("tap0").build());
      int last = 5;
      for (int link = 0; link < 10; link++) {
        BootSpec spec = counting("tap0").build();
        MachineHandle machine = vmm.restore(spec, snapshot);
        LaunchSite.awaitConsole(spec.folder(), "ticks", text -> ticks(spec).size() >= 2);
        assertThat(ticks(spec).getFirst()).isBetween(last, last + 2);
        machine.pause();
        Path template = Path.of("/proc/" + machine.ref().process().pid() + "/fd/3");
        long taken = SparseFile.taken(template);
        Path next = snapshotFolder();
        machine.snapshot(next);
        assertThat(SparseFile.taken(template)).as("being read costs no memory").isEqualTo(taken);
        assertThat(SparseFile.taken(next.resolve("memory"))).isLessThan(200L << 20);
        assertThat(Arrays.equals(Files.readAllBytes(next.resolve("memory")), memory(machine)))
            .as("link %d", link)
            .isTrue();
        machine.stop(GRACE);
        last = ticks(spec).getLast();
        SnapshotParts.write(next, SnapshotParts.names(next));
        DurableFiles.deleteTree(snapshot);
        snapshot = next;
      }
    }

    private Map<String, Long> rollup(MachineHandle machine) throws IOException {
      Path file = Path.of("/proc/" + machine.ref().process().pid() + "/smaps_rollup");
      return Files.readAllLines(file).stream()
          .filter(line -> line.endsWith(" kB"))
          .map(line -> line.split("\\s+"))
          .collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1]) << 10));
    }

    /** PSS counts a page for each process that has it, divided by their number. */
    @Test
    void whatMachinesOfOneSnapshotDoNotWriteIsInMemoryOnce() throws IOException {
      Path snapshot = snapshotOf(counting("tap0").build());
      List<BootSpec> specs =
          List.of(
              counting("tap0").build(),
              counting("tap1").build(),
              site.beside(counting("tap0")).build());
      var machines = new ArrayList<MachineHandle>();
      for (BootSpec spec : specs) {
        machines.add(vmm.load(spec, snapshot));
      }
      long data = SparseFile.taken(snapshot.resolve("memory"));
      assertThat(data).isGreaterThan(16L << 20);
      long resident = 0;
      long proportional = 0;
      for (MachineHandle machine : machines) {
        assertThat(sharedMemory(machine.ref()))
            .isEqualTo(sharedMemory(machines.getFirst().ref()))
            .isPresent();
        assertThat(memory(machine)).hasSize(256 << 20); // Now it has all of it in its page table.
      }
      for (MachineHandle machine : machines) {
        resident += Objects.requireNonNull(rollup(machine).get("Rss:"));
        proportional += Objects.requireNonNull(rollup(machine).get("Pss:"));
      }
      assertThat(resident - proportional).isGreaterThan((machines.size() - 1) * data * 9 / 10);
      for (int number = 0; number < specs.size(); number++) {
        BootSpec spec = specs.get(number);
        machines.get(number).resume();
        LaunchSite.awaitConsole(spec.folder(), "ticks", text -> ticks(spec).size() >= 2);
        machines.get(number).stop(GRACE);
      }
    }

    @Test
    void aKilledDaemonsMemoryIsInItsMachinesAndNowhereElse() throws IOException {
      Path snapshot = snapshotOf(counting("tap0").build());
      SpecBuilder builder = counting("tap0");
      builder.id = new SpecBuilder().id;
      BootSpec spec = builder.build();
      MachineHandle orphan = vmm.recover(launchAndHalt(spec, snapshot.toString())).orElseThrow();
      long inode = sharedMemory(orphan.ref()).orElseThrow();
      assertThat(holders(inode)).containsExactly(orphan.ref().process().pid());
      Vmm later = vmm(site.host, site.cache());
      BootSpec beside = counting("tap1").build();
      MachineHandle sibling = later.restore(beside, snapshot);
      assertThat(sharedMemory(sibling.ref())).contains(inode);
      for (BootSpec one : List.of(spec, beside)) {
        LaunchSite.awaitConsole(one.folder(), "ticks", text -> ticks(one).size() >= 2);
      }
      orphan.stop(GRACE);
      sibling.stop(GRACE);
      // The later daemon, this process, keeps it for the next one.
      assertThat(holders(inode)).containsExactly(ProcessHandle.current().pid());
      MachineRef last = launchAndHalt(spec, snapshot.toString());
      long other = sharedMemory(last).orElseThrow();
      assertThat(other).as("no machine had it").isNotEqualTo(inode);
      vmm.recover(last).orElseThrow().stop(GRACE);
      assertThat(holders(other)).isEmpty();
    }

    private List<Long> holders(long inode) throws IOException {
      var found = new ArrayList<Long>();
      for (RunningProcess process : site.host.processes()) {
        if (sharedMemories(process.ref().pid()).contains(inode)) {
          found.add(process.ref().pid());
        }
      }
      return found;
    }

    /** Alone it would keep a second copy; a balloon could give nothing back of a shared one. */
    @Test
    void oneThatIsAloneOrHasABalloonHasMemoryOfItsOwn() throws IOException {
      SpecBuilder inflatable = counting("tap0");
      inflatable.options = new MachineOptions(null, null, null, true, false, false);
      Path snapshot = snapshotOf(inflatable.build());
      SpecBuilder copy = counting("tap0");
      copy.options = inflatable.options;
      MachineHandle machine = vmm.restore(copy.build(), snapshot);
      assertThat(sharedMemory(machine.ref())).isEmpty();
      machine.stop(GRACE);
      Path plain = snapshotOf(counting("tap0").build());
      BootSpec alone = counting("tap0").build();
      MachineHandle only = vmm.load(alone, plain, MemoryUse.ALONE);
      assertThat(sharedMemory(only.ref())).isEmpty();
      only.resume();
      LaunchSite.awaitConsole(alone.folder(), "ticks", text -> ticks(alone).size() >= 2);
      only.stop(GRACE);
    }

    @Test
    void outlivesTheDaemonThatLaunchedIt() {
      SpecBuilder builder = spec();
      builder.id = new SpecBuilder().id;
      BootSpec spec = builder.build();
      MachineRef told = launchAndHalt(spec);
      LaunchSite.awaitConsole(spec.folder(), "Run /init as init process");
      MachineHandle machine = vmm.recover(told).orElseThrow();
      assertThat(machine.status()).isEqualTo("running");
      machine.stop(GRACE);
    }

    @Test
    void aChattyGuestFillsItsTwoFilesAndNoMore() throws IOException {
      SpecBuilder builder = looping("echo $((n=n+1)) the quick brown fox jumps over the lazy dog");
      builder.consoleBytes = 20_000;
      BootSpec spec = builder.build();
      MachineHandle machine = vmm.launch(spec);
      Path console = spec.console();
      Path older = ConsoleLogger.older(console);
      LaunchSite.awaitConsole(
          spec.folder(), "1500 lines", text -> text.contains("\n1500 the quick"));
      assertThat(Files.size(older)).isEqualTo(20_000);
      assertThat(Files.size(console)).isLessThanOrEqualTo(20_000);
      machine.stop(GRACE);
      assertThat(Files.size(older)).isEqualTo(20_000);
      assertThat(Files.size(console)).isLessThanOrEqualTo(20_000);
      try (var files = Files.list(spec.folder())) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrder("console.log", "console.log.1", "vmm.log");
      }
    }

    @Test
    void aGuestGoesOnWhenItsLoggerIsKilled() {
      BootSpec spec = site.wholeSpec().build();
      MachineHandle machine = vmm.launch(spec);
      LaunchSite.awaitConsole(spec.folder(), "Linux version");
      site.host.terminate(logger(spec).ref(), true);
      site.awaitAnswerTo("192.168.100.2");
      assertThat(LaunchSite.console(spec.folder())).doesNotContain("has 192.168.100.2");
      machine.stop(GRACE);
    }

    @Test
    void aGuestGoesOnWhenTheDiskIsFull() throws IOException {
      SpecBuilder builder = looping("echo line $((n=n+1))");
      builder.consoleBytes = 1 << 20;
      BootSpec spec = builder.build();
      String folder = spec.folder().toString();
      site.host.check(
          Command.of("mount", "-t", "tmpfs", "-o", "size=60k,mode=711", "tmpfs", folder));
      try {
        MachineHandle machine = vmm.launch(spec);
        LaunchSite.awaitConsole(spec.folder(), "line 1\r");
        // A line that comes later than anything that the disk has room for.
        int last = lastLine(LaunchSite.console(spec.folder()));
        Awaitility.await()
            .atMost(LaunchSite.LONG)
            .until(() ->
                Files.getFileStore(spec.folder()).getUsableSpace() == 0
                    || Files.exists(ConsoleLogger.older(spec.console())));
        site.host.check(Command.of("mount", "-o", "remount,size=4m", folder));
        LaunchSite.awaitConsole(
            spec.folder(), "later lines", text -> lastLine(text) > last + 20_000);
        assertThat(vmm.recover(machine.ref())).isPresent();
        machine.stop(GRACE);
      } finally {
        end(spec);
        // A process that is about to end has no arguments any more, and files for a moment longer.
        Awaitility.await().until(() -> site.host.run(Command.of("umount", folder)).exitCode() == 0);
      }
    }

    private int lastLine(String console) {
      var matcher = Pattern.compile("line (\\d+)\r").matcher(console);
      int last = 0;
      while (matcher.find()) {
        last = Integer.parseInt(matcher.group(1));
      }
      return last;
    }

    @Test
    void theGuestsClockRunsAsFastAsTheHosts() {
      BootSpec spec =
          looping(
                  "[ -d /proc ] || { /busybox mkdir /proc; /busybox mount -t proc p /proc; };"
                      + " read -r up rest </proc/uptime; echo up $up; /busybox usleep 20000")
              .build();
      MachineHandle machine = vmm.launch(spec);
      LaunchSite.awaitConsole(spec.folder(), "up ");
      double guest = uptime(spec);
      long host = System.nanoTime();
      LaunchSite.awaitConsole(spec.folder(), "2 s later", text -> uptime(spec) > guest + 2);
      double ratio = (System.nanoTime() - host) / 1e9 / (uptime(spec) - guest);
      machine.stop(GRACE);
      // A busy machine blurs it; a rate taken from a throttled processor is off by three.
      assertThat(ratio).isBetween(0.5, 2.0);
      assertThat(LaunchSite.console(spec.folder())).doesNotContain("Marking TSC unstable");
    }

    private double uptime(BootSpec spec) {
      var matcher = UPTIME.matcher(LaunchSite.console(spec.folder()));
      double last = 0;
      while (matcher.find()) {
        last = Double.parseDouble(matcher.group(1));
      }
      return last;
    }
  }
}
