package dev.visco.vmm.firecracker;

import dev.visco.host.BackgroundTask;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.model.BootSpec;
import dev.visco.model.MachineOption;
import dev.visco.model.Transport;
import dev.visco.vmm.Capabilities;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.Vmm;
import dev.visco.vmm.VmmFamily;
import dev.visco.vmm.VmmLimits;
import dev.visco.vmm.release.Release;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Machines of one Firecracker release. Each runs in a jail of its own, in its slot's namespace,
 * under its own uid, within control groups; and outlives the daemon. A release without a jailer is
 * started directly, under the same uid in the same namespace and control groups, but without a
 * chroot.
 *
 * <p>{@link MachineRef} holds all that is recorded: the jail lies in the VM's folder, and processes
 * and control groups have the machine's name.
 */
public final class Firecracker implements Vmm {
  private static final Logger LOG = LoggerFactory.getLogger(Firecracker.class);

  /**
   * A release without a jailer may be Visco's own: a JVM, and a QEMU as its child with up to 512
   * MiB of translated code.
   */
  private static final Cgroups.Spare DIRECT =
      new Cgroups.Spare(256 + 512 + Cgroups.Spare.QEMU.mib(), 64 + Cgroups.Spare.QEMU.tasks());

  /**
   * The maximum size of its log, and of the log's older part: a guest can make it warn without end.
   */
  private static final long LOG_BYTES = 1 << 20;

  private final AtomicBoolean saidWhyNot = new AtomicBoolean();
  private final Host host;
  private final Path cache;
  private final Release release;
  private final Cgroups cgroups;
  private final @Nullable Path keyboard;
  private final CheckedBinaries binaries = new CheckedBinaries();
  private final LaunchChecks checks;
  private final FirecrackerFamily family;

  /**
   * @param cache a folder for the console logger's script
   */
  public Firecracker(Host host, Path cache, Release release) {
    this(host, cache, release, Cgroups.ofHost(), null);
    if (release.jailer() == null) {
      LOG.warn("release {} came without a jailer: no chroot", release.name());
    } else if (cgroups.version() == 0) {
      LOG.warn("release {}: {}", release.name(), cgroups.described());
    } else {
      LOG.info("release {}: {}", release.name(), cgroups.described());
    }
  }

  /**
   * @param keyboard a FIFO from which the guest's console reads; null for none, as every VM has it
   */
  Firecracker(Host host, Path cache, Release release, Cgroups cgroups, @Nullable Path keyboard) {
    this.host = host;
    this.cache = cache;
    this.release = release;
    this.cgroups = cgroups;
    this.keyboard = keyboard;
    this.checks = new LaunchChecks(host, release);
    this.family = new FirecrackerFamily(host, cgroups);
  }

  @Override
  public VmmFamily family() {
    return family;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        release.features().hasPci() ? EnumSet.allOf(Transport.class) : EnumSet.of(Transport.MMIO),
        Set.of(BootSpec.DiskFormat.RAW),
        false,
        release.features().hasSerialLimiter()
            ? EnumSet.allOf(MachineOption.class)
            : EnumSet.complementOf(EnumSet.of(MachineOption.CONSOLE_RATE)));
  }

  @Override
  public String kernelCommandLine(BootSpec spec) {
    return kernelArguments(spec).seen();
  }

  @Override
  public String bootArguments(BootSpec spec) {
    return kernelArguments(spec).told();
  }

  private KernelArguments kernelArguments(BootSpec spec) {
    return new KernelArguments(spec, release.version(), release.isEmulated());
  }

  @Override
  public MachineHandle launch(BootSpec spec) {
    Jail jail = ready(spec);
    KernelArguments arguments = kernelArguments(spec);
    arguments.seen(); // Refuses one that is longer than a kernel reads.
    var config = VmConfig.of(spec, arguments.told(), Jail.files(spec));
    List<ApiCall> calls = ApiCall.booting(config, spec.options().consoleRate());
    checks.files(spec);
    var invocation = new Invocation(release, spec);
    if (spec.options().consoleRate() == null) {
      return starting(
          spec,
          jail,
          () -> {
            jail.write(Jail.CONFIG, Json.pretty(config));
            return invocation.booting();
          },
          FirecrackerMachine::awaitRunning);
    }
    return starting(
        spec,
        jail,
        invocation::waiting,
        machine -> {
          machine.awaitAnswer();
          machine.run(calls);
          machine.awaitRunning();
        });
  }

  @Override
  public void requireRestorable(BootSpec spec, Path snapshot) {
    if (SnapshotParts.isListed(snapshot)) {
      SnapshotParts.require(snapshot);
    }
    SnapshotManifest manifest = SnapshotManifest.read(snapshot);
    manifest.check(release, spec);
    SnapshotManifest.requireFiles(snapshot, spec);
    checks.spec(spec);
    Jail.of(spec, release, Invocation.name(spec.installation(), spec.id())).checkSockets();
    binaries.check(release);
  }

  @Override
  public MachineHandle restore(BootSpec spec, Path snapshot) {
    return load(spec, snapshot, true);
  }

  @Override
  public MachineHandle load(BootSpec spec, Path snapshot) {
    return load(spec, snapshot, false);
  }

  private MachineHandle load(BootSpec spec, Path snapshot, boolean goesOn) {
    SnapshotManifest manifest = SnapshotManifest.read(snapshot);
    manifest.check(release, spec);
    Jail jail = ready(spec);
    return starting(
        spec,
        jail,
        () -> {
          Path state = SnapshotManifest.lend(snapshot, Jail.SNAPSHOT_STATE);
          jail.put(host, state, Jail.LOADED_STATE);
          // Firecracker maps it privately: machines of one snapshot share its pages in the host's
          // page cache, and each keeps a name for it, whatever becomes of the snapshot.
          Path memory = SnapshotManifest.lend(snapshot, Jail.SNAPSHOT_MEMORY);
          jail.put(host, memory, Jail.LOADED_MEMORY);
          return new Invocation(release, spec).waiting();
        },
        machine -> {
          machine.awaitAnswer();
          machine.run(List.of(ApiCall.load(release.features(), spec, manifest, goesOn)));
          machine.awaitLoaded(goesOn);
        });
  }

  /** Checks and prepares a start before anything is created. */
  private Jail ready(BootSpec spec) {
    checks.spec(spec);
    Jail jail = Jail.of(spec, release, Invocation.name(spec.installation(), spec.id()));
    jail.checkSockets();
    binaries.check(release);
    // Only if the run folder exists can there be a process of this VM; listing all processes of a
    // busy host takes as long as a start.
    if (Files.exists(jail.run())) {
      family.end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
    }
    return jail;
  }

  /**
   * Starts a machine; what fails is undone. Its TAP is looked at beside the making of its jail. Its
   * control group is made, and the VMM moved into it, beside all else: either may wait for all
   * processors.
   *
   * @param last puts what only this start needs into the jail, and returns the command
   * @param then waits for the machine, or makes the guest run first
   */
  private MachineHandle starting(
      BootSpec spec, Jail jail, Supplier<List<String>> last, Consumer<FirecrackerMachine> then) {
    try (var tap = BackgroundTask.of(() -> checks.tap(spec));
        var group = new BackgroundTask<>(() -> makeGroup(spec))) {
      jail.make(spec.uid());
      try (var held = new HeldFifos(jail)) {
        fill(jail, spec);
        List<String> command = last.get();
        tap.join();
        // Before the start, since a VMM that has children by then would leave them outside.
        Optional<String> noGroup = group.join();
        FirecrackerMachine machine = start(spec, jail, command);
        try (var grouped = BackgroundTask.of(() -> enterGroup(spec, noGroup, machine))) {
          startLogger(jail, spec);
          then.accept(machine);
          grouped.join();
        }
        return machine;
      }
    } catch (IOException e) {
      family.end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
      throw new HostFault("cannot prepare " + spec.folder() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      family.end(spec.installation(), spec.id(), spec.folder(), Duration.ZERO);
      throw e;
    }
  }

  /** Returns why there is none; empty when there is one. */
  private Optional<String> makeGroup(BootSpec spec) {
    Optional<String> whyNot =
        cgroups.make(
            spec,
            Invocation.name(spec.installation(), spec.id()),
            release.jailer() == null ? DIRECT : Cgroups.Spare.FIRECRACKER);
    // Nobody waits for it; while it waits, no group can be made.
    Thread.ofPlatform().start(cgroups::prepareJoin);
    return whyNot;
  }

  /**
   * Both ends of a machine's FIFOs, held open until the VMM has opened them: the logger ends as
   * soon as it has no writer. They are closed then, so that it ends with the machine.
   */
  private static final class HeldFifos implements AutoCloseable {
    private final FileChannel console;
    private final FileChannel log;

    HeldFifos(Jail jail) throws IOException {
      console = ConsoleLogger.bothEnds(jail.console());
      try {
        log = ConsoleLogger.bothEnds(jail.logFifo());
      } catch (IOException | RuntimeException e) {
        console.close();
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      try (console) {
        log.close();
      }
    }
  }

  private void startLogger(Jail jail, BootSpec spec) {
    var console = ConsoleLogger.Bounded.console(spec);
    var log = new ConsoleLogger.Bounded(jail.logFifo(), jail.log(), LOG_BYTES);
    ConsoleLogger.start(host, cache, List.of(console, log), jail.logFifo());
  }

  /** Fills the jail with the machine's files. */
  private void fill(Jail jail, BootSpec spec) {
    jail.put(host, spec.kernel(), Jail.KERNEL);
    if (spec.initrd() != null) {
      jail.put(host, spec.initrd(), Jail.INITRD);
    }
    for (int number = 0; number < spec.disks().size(); number++) {
      jail.put(host, spec.disks().get(number).file(), Jail.disk(number));
    }
  }

  /** Moves the VMM into its group. The jailer's own way would have the guest wait for it. */
  private void enterGroup(BootSpec spec, Optional<String> noGroup, FirecrackerMachine machine) {
    String name = Invocation.name(spec.installation(), spec.id());
    Optional<String> whyNot =
        noGroup.or(() -> cgroups.join(spec.installation(), name, machine.ref().process().pid()));
    if (whyNot.isPresent() && machine.isAlive() && saidWhyNot.compareAndSet(false, true)) {
      LOG.warn(
          "Firecracker's machines are in no control group, and limited by nothing but their own"
              + " sizes: {}",
          whyNot.get());
    }
  }

  private FirecrackerMachine start(BootSpec spec, Jail jail, List<String> command) {
    ProcessRef process = host.start(detached(spec, jail, command));
    VmmLimits.makeFirstToGo(process);
    var ref = new MachineRef(family.name(), accelerator(), process, jail.socket(), release.name());
    return new FirecrackerMachine(host, cgroups, release.features(), ref);
  }

  /** A jailer enters jail and namespace itself. */
  private Detached detached(BootSpec spec, Jail jail, List<String> command) {
    if (release.jailer() != null) {
      return new Detached(command, jail.logFifo(), keyboard, jail.console(), null);
    }
    jail.handOver(spec.uid());
    return new Detached(command, jail.logFifo(), keyboard, jail.console(), jail.root())
        .in(spec.netns());
  }

  @Override
  public boolean emulates(BootSpec spec) {
    return release.isEmulated();
  }

  private String accelerator() {
    return release.isEmulated() ? "tcg" : "kvm";
  }

  @Override
  public Optional<MachineHandle> recover(MachineRef ref) {
    return Optional.of(handle(ref)).filter(MachineHandle::isAlive);
  }

  @Override
  public MachineHandle handle(MachineRef ref) {
    return new FirecrackerMachine(host, cgroups, release.features(), ref);
  }
}
