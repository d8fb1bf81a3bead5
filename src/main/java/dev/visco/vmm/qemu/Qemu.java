package dev.visco.vmm.qemu;

import dev.visco.host.BackgroundTask;
import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.Programs;
import dev.visco.host.Tail;
import dev.visco.host.Unprivileged;
import dev.visco.host.Waiting;
import dev.visco.model.BootSpec;
import dev.visco.model.MachineOption;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.VmSpec;
import dev.visco.vmm.Capabilities;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.MemoryUse;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.Vmm;
import dev.visco.vmm.VmmFamily;
import dev.visco.vmm.VmmLimits;
import dev.visco.vmm.qemu.QemuArguments.StartFrom;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Machines of {@code qemu-system-x86_64}, by KVM or by software emulation. Each runs as its own
 * unprivileged uid under QEMU's seccomp sandbox in its slot's namespace, and outlives the daemon.
 * Its exit code means nothing: with {@code -no-reboot} it is 0 after a panic, a reboot and an
 * out-of-memory panic.
 */
public final class Qemu implements Vmm {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** sun_path of unix(7) holds 108 bytes, the final NUL among them. */
  private static final int SOCKET_PATH_BYTES = 107;

  private static final Logger LOG = LoggerFactory.getLogger(Qemu.class);

  private final Host host;
  private final Path cache;
  private final String accelerator;
  private final KvmProbe probe;
  private final Cgroups cgroups = Cgroups.ofHost();
  private final QemuFamily family;
  private final SharedMemories memories;
  private final AtomicBoolean saidWhyNot = new AtomicBoolean();
  private @Nullable Long tscKhz;
  private volatile @Nullable Installed installed;

  /**
   * @param cache a folder for the KVM probe's results and the console logger's script
   * @param accelerator {@code auto}, {@code tcg} or {@code kvm}
   */
  public Qemu(Host host, Path cache, String accelerator) {
    this(host, cache, accelerator, new KvmProbe(host, cache));
  }

  Qemu(Host host, Path cache, String accelerator, KvmProbe probe) {
    this.host = host;
    this.cache = cache;
    this.accelerator = accelerator;
    this.probe = probe;
    this.family = new QemuFamily(host, cgroups);
    this.memories = new SharedMemories(host);
  }

  @Override
  public VmmFamily family() {
    return family;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        EnumSet.allOf(Transport.class),
        EnumSet.allOf(BootSpec.DiskFormat.class),
        true,
        EnumSet.of(MachineOption.DISK_RATE, MachineOption.BALLOON));
  }

  @Override
  public boolean emulates(BootSpec spec) {
    return acceleratorFor(spec).equals("tcg");
  }

  @Override
  public String kernelCommandLine(BootSpec spec) {
    return arguments(spec, StartFrom.KERNEL).commandLine();
  }

  private QemuArguments arguments(BootSpec spec, StartFrom start) {
    return new QemuArguments(spec, acceleratorFor(spec), tscKhz(), start);
  }

  private synchronized long tscKhz() {
    Long known = tscKhz;
    if (known == null) {
      known = TscRate.khz(host);
      tscKhz = known;
    }
    return known;
  }

  private String acceleratorFor(BootSpec spec) {
    if (accelerator.equals("tcg")) {
      return "tcg";
    }
    Optional<String> whyNot = probe.whyNot(spec);
    if (whyNot.isPresent() && accelerator.equals("kvm")) {
      throw new Refused(
          new Refusal.HostLacks(
              "kvm",
              "KVM does not work here for this kernel: " + whyNot.get() + ".",
              "Set vmm.accelerator to auto or tcg."));
    }
    return whyNot.isPresent() ? "tcg" : "kvm";
  }

  @Override
  public MachineHandle launch(BootSpec spec) {
    return begin(spec, arguments(spec, StartFrom.KERNEL), null, "running", machine -> {});
  }

  private static final Pattern VERSION = Pattern.compile("version (\\d+\\.\\d+)");

  @Override
  public void requireRestorable(BootSpec spec, Path folder) {
    if (SnapshotParts.isListed(folder)) {
      SnapshotParts.require(folder);
    }
    QemuSnapshot.About about = new QemuSnapshot(folder).about();
    QemuSnapshot.requireFit(about, spec, acceleratorFor(spec));
    QemuSnapshot.requireVersion(about, installedVersion());
    capabilities().require(spec.options(), "QEMU");
    requireFits(spec);
    requireShort(spec, RunFolder.of(spec).socket());
  }

  /**
   * QEMU's program as it was when it said its version.
   *
   * @param file its inode, size and time of change; null where there is no such file
   */
  private record Installed(@Nullable String file, String version) {}

  /**
   * The version of the host's QEMU, which may have been replaced since the daemon's start. It is
   * asked once for each file: that takes 30 ms.
   */
  private String installedVersion() {
    String file = Programs.find(QemuCommand.PROGRAM).map(Qemu::identity).orElse(null);
    Installed known = installed;
    if (known == null || file == null || !file.equals(known.file())) {
      known = new Installed(file, askedVersion());
      installed = known;
    }
    return known.version();
  }

  private static @Nullable String identity(Path program) {
    try {
      return Files.readAttributes(program, "unix:dev,ino,size,ctime").toString();
    } catch (IOException e) {
      return null;
    }
  }

  private String askedVersion() {
    String said = host.check(Command.of(QemuCommand.PROGRAM, "--version")).output();
    var version = VERSION.matcher(said);
    if (!version.find()) {
      throw new HostFault(QemuCommand.PROGRAM + " does not say its version: " + said.strip());
    }
    return version.group(1);
  }

  @Override
  public MachineHandle restore(BootSpec spec, Path folder) {
    MachineHandle machine = load(spec, folder);
    try {
      machine.resume();
      return machine;
    } catch (RuntimeException e) {
      family.end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
      throw e;
    }
  }

  @Override
  public MachineHandle load(BootSpec spec, Path folder) {
    return load(spec, folder, MemoryUse.SHARED);
  }

  @Override
  public MachineHandle load(BootSpec spec, Path folder, MemoryUse use) {
    var snapshot = new QemuSnapshot(folder);
    QemuSnapshot.About about = snapshot.about();
    // QEMU returns what a balloon gives back by punching holes into the file, which is sealed.
    boolean isShared = use == MemoryUse.SHARED && !spec.options().balloon();
    QemuArguments arguments =
        arguments(spec, isShared ? StartFrom.SHARED_SNAPSHOT : StartFrom.SNAPSHOT);
    QemuSnapshot.requireFit(about, spec, arguments.accelerator());
    if (!isShared) {
      return begin(
          spec, arguments, null, "inmigrate", machine -> machine.load(snapshot, about, false));
    }
    try (SharedMemories.Loan memory =
        memories.lend(snapshot, about.memoryMib(), spec.installation())) {
      return begin(
          spec, arguments, memory, "inmigrate", machine -> machine.load(snapshot, about, true));
    }
  }

  /**
   * Starts QEMU and waits until it has this status.
   *
   * @param memory that it shares with others; null for its own
   * @param then what is done with the machine before it counts as started
   */
  private MachineHandle begin(
      BootSpec spec,
      QemuArguments arguments,
      SharedMemories.@Nullable Loan memory,
      String status,
      Consumer<QemuMachine> then) {
    capabilities().require(spec.options(), "QEMU");
    requireFits(spec);
    List<String> command = wrapped(spec, arguments);
    RunFolder run = RunFolder.of(spec);
    requireShort(spec, run.socket());
    // Only if the run folder exists can there be a process of this VM; listing all processes of a
    // busy host takes as long as a start.
    if (Files.exists(run.path())) {
      family.end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
    }
    Path log = spec.folder().resolve("vmm.log");
    try {
      Files.deleteIfExists(
          log); // So that an earlier launch's messages are not taken for this one's.
      run.make(spec.uid());
      QemuMachine machine;
      // Held open until QEMU has opened it: a logger ends as soon as it has no writer.
      try (FileChannel held = ConsoleLogger.bothEnds(run.fifo())) {
        ConsoleLogger.start(host, cache, List.of(ConsoleLogger.Bounded.console(spec)), log);
        var qemu = new Detached(command, log).in(spec.netns());
        ProcessRef process = host.start(memory == null ? qemu : qemu.withThird(memory.path()));
        VmmLimits.makeFirstToGo(process);
        if (memory != null) {
          memory.usedBy(process);
        }
        var ref =
            new MachineRef(
                family.name(), arguments.accelerator(), process, run.socket(), VmSpec.QEMU);
        machine = new QemuMachine(host, cgroups, ref);
        // The first change of a control group waits for all processors, 5 to 15 ms.
        try (var group = BackgroundTask.of(() -> enterGroup(spec, arguments, process))) {
          await(machine, status, log);
          group.join();
        }
      }
      then.accept(machine);
      return machine;
    } catch (IOException e) {
      family.end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
      throw new HostFault("cannot prepare " + spec.folder() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      family.end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
      throw e;
    }
  }

  private void enterGroup(BootSpec spec, QemuArguments arguments, ProcessRef process) {
    boolean isEmulated = arguments.accelerator().equals("tcg");
    int translation = isEmulated ? QemuCommand.translationMib(spec.memoryMib()) : 0;
    var spare = Cgroups.Spare.QEMU.withMib(translation);
    Optional<String> whyNot = cgroups.enter(spec, QemuArguments.name(spec), spare, process.pid());
    if (whyNot.isPresent() && saidWhyNot.compareAndSet(false, true)) {
      LOG.warn(
          "QEMU's machines are in no control group, and limited by nothing but their own sizes: {}",
          whyNot.get());
    }
  }

  /**
   * Refuses more memory than the host has: QEMU could create the memory file, and would fail only
   * when the guest writes to it.
   */
  private void requireFits(BootSpec spec) {
    if (spec.memoryMib() > host.memoryMib()) {
      throw new Refused(
          new Refusal.HostLacks(
              "memory",
              "The machine has %d MiB of memory, and this host %d MiB."
                  .formatted(spec.memoryMib(), host.memoryMib()),
              "Choose a smaller VM type."));
    }
  }

  private static void requireShort(BootSpec spec, Path socket) {
    int socketBytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (socketBytes > SOCKET_PATH_BYTES) {
      throw Refused.invalid(
          "data",
          spec.folder().toString(),
          "is too long: a unix socket's path in it has "
              + socketBytes
              + " bytes, and the kernel takes "
              + SOCKET_PATH_BYTES,
          "Use a data folder with a shorter path.");
    }
  }

  /**
   * The command with the programs before it, each of which execs the next in place, so that the
   * started process becomes QEMU.
   */
  private static List<String> wrapped(BootSpec spec, QemuArguments arguments) {
    var all = new ArrayList<>(VmmLimits.prlimit(spec));
    all.addAll(
        arguments.accelerator().equals("kvm")
            ? Unprivileged.as(spec.uid(), KvmProbe.DEVICE)
            : Unprivileged.as(spec.uid()));
    all.addAll(arguments.render());
    return all;
  }

  private static void await(QemuMachine machine, String status, Path log) {
    boolean[] answered = {false};
    Waiting.until(
        START,
        () -> {
          answered[0] = answers(machine.ref().socket(), status);
          return answered[0] || !machine.isAlive();
        });
    if (!answered[0]) {
      String what =
          machine.isAlive()
              ? "did not open its control socket within " + START.toSeconds() + " s"
              : "ended before its control socket answered";
      throw new HostFault("QEMU " + what + ": " + Tail.said(log));
    }
  }

  private static boolean answers(Path socket, String status) {
    if (!Files.exists(socket)) {
      return false;
    }
    try (Qmp qmp = Qmp.connect(socket, ANSWER)) {
      return qmp.execute("query-status").path("status").asString().equals(status);
    } catch (IOException e) {
      return false; // Bound, but nobody listens yet, or it has just ended.
    }
  }

  @Override
  public Optional<MachineHandle> recover(MachineRef ref) {
    return Optional.of(handle(ref)).filter(MachineHandle::isAlive);
  }

  @Override
  public MachineHandle handle(MachineRef ref) {
    return new QemuMachine(host, cgroups, ref);
  }
}
