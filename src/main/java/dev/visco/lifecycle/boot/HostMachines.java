package dev.visco.lifecycle.boot;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.Tail;
import dev.visco.image.BootKernel;
import dev.visco.image.Disks;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.lifecycle.GuestPower;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.KernelSpec;
import dev.visco.model.KernelSpec.KernelParts;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.network.Networks;
import dev.visco.verify.GuestEnd;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.MemoryUse;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.Standstill;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.Vmm;
import dev.visco.vmm.Vmms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs machines with this host's VMMs. */
public final class HostMachines implements Machines {
  private static final Logger LOG = LoggerFactory.getLogger(HostMachines.class);
  private static final Duration GRACE = Duration.ofSeconds(3);

  /** For what an ended machine said last to come to its console's file. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  /** Bytes from which the end of a guest can be told: a panic prints a page. */
  private static final int END_OF_CONSOLE = 16 << 10;

  private static final int LAST_LINE = 256;
  private final BootContext.Source contexts;
  private final Images images;
  private final Networks networks;
  private final Vmms vmms;
  private final SnapshotFiles snapshots;
  private final GuestPower power;
  private final long consoleBytes;

  /**
   * @param consoleBytes maximum size of a console's file
   */
  public HostMachines(
      BootContext.Source contexts,
      Vmms vmms,
      SnapshotFiles snapshots,
      GuestPower power,
      long consoleBytes) {
    this.contexts = contexts;
    this.images = contexts.images();
    this.networks = contexts.networks();
    this.vmms = vmms;
    this.snapshots = snapshots;
    this.power = power;
    this.consoleBytes = consoleBytes;
  }

  @Override
  public MachineRef launch(VmWork work) {
    Vmm vmm = vmms.named(work.spec().release());
    return vmm.launch(prepared(work, vmm)).ref();
  }

  @Override
  public void requireRestorable(VmWork work, Path files, @Nullable Digest digest) {
    Vmm vmm = vmms.named(work.spec().release());
    BootContext context = contexts.of(work);
    snapshots.requireRestorable(files, digest);
    if (SnapshotFiles.hasMemory(files)) {
      vmm.requireRestorable(bootSpec(context, vmm), SnapshotFiles.machine(files));
    }
  }

  @Override
  public MachineRef restore(VmWork work, Path files) {
    Vmm vmm = vmms.named(work.spec().release());
    return vmm.restore(prepared(work, vmm), SnapshotFiles.machine(files)).ref();
  }

  /** Writes the machine's description, and isolates the network of an experiment's copy. */
  private BootSpec prepared(VmWork work, Vmm vmm) {
    BootSpec spec = bootSpec(contexts.of(work), vmm);
    VmConfig.of(spec, vmm.bootArguments(spec)).write(spec.folder());
    if (work.spec().purpose() == Purpose.EXPERIMENT) {
      networks.isolate(work.slot());
    }
    return spec;
  }

  private BootSpec bootSpec(BootContext context, Vmm vmm) {
    KernelSpec asked = context.spec().kernel();
    Digest digest = asked.ofImage();
    Image other = digest == null ? context.image() : images.byDigest(digest);
    Image kernel = asked.parts() == KernelParts.INITRAMFS ? context.image() : other;
    Image initrd = asked.parts() == KernelParts.KERNEL ? context.image() : other;
    return new BootSpecs(
            context.id(),
            context.spec(),
            context.image(),
            kernel(kernel, vmm),
            initrd.initrd(),
            Disks.root(context.folder()),
            context.plan(),
            context.folder(),
            contexts.volumes(),
            consoleBytes)
        .bootSpec();
  }

  /**
   * The kernel unpacked, which saves each boot the time in which it unpacks itself. A VMM that
   * takes it packed as well gets it so where it cannot be unpacked here, or has no PVH entry.
   */
  private BootKernel kernel(Image image, Vmm vmm) {
    if (!vmm.capabilities().packedKernels()) {
      return images.elfKernel(image);
    }
    var packed = new BootKernel(image.kernel(), image.manifest().kernel(), false);
    try {
      BootKernel elf = images.elfKernel(image);
      return elf.hasPvhEntry() ? elf : packed;
    } catch (Refused e) {
      LOG.info("{} boots packed: {}", image.manifest().name(), e.getMessage());
      return packed;
    }
  }

  @Override
  public void stop(VmWork work) {
    work.machine().ifPresent(machine -> vmms.handle(machine).stop(GRACE));
    // A launch that was not recorded, or that came half-way: such a one has its run folder.
    Path folder = contexts.folder(work.id());
    if (!Files.exists(folder) || Files.exists(RunFolder.in(folder).path())) {
      vmms.end(networks.installation(), work.id(), folder, GRACE);
    }
  }

  @Override
  public boolean isAlive(MachineRef machine) {
    return vmms.recover(machine).isPresent();
  }

  private Optional<MachineHandle> running(VmWork work) {
    return work.machine().flatMap(vmms::recover);
  }

  private MachineHandle required(VmWork work) {
    return running(work)
        .orElseThrow(() -> new HostFault("the machine of " + work.id() + " does not run"));
  }

  @Override
  public Standstill standstill(VmWork work) {
    return running(work).map(MachineHandle::standstill).orElse(Standstill.NONE);
  }

  @Override
  public Optional<GuestEnd> guestEnd(VmWork work) {
    work.machine().ifPresent(machine -> vmms.handle(machine).awaitConsole(LAST_WORDS));
    return GuestEnd.in(Tail.text(console(work), END_OF_CONSOLE));
  }

  @Override
  public boolean isGuestOff(VmWork work) {
    return GuestEnd.isOff(Tail.text(console(work), LAST_LINE));
  }

  private Path console(VmWork work) {
    return contexts.folder(work.id()).resolve("console.log");
  }

  @Override
  public void shutDown(VmWork work) {
    Optional<MachineHandle> machine = running(work);
    if (machine.filter(one -> one.status().equals("paused")).isPresent()) {
      machine.get().resume();
    }
    power.off(work);
  }

  @Override
  public void keepLastBoot(VmWork work) {
    stop(work); // Whoever still writes its console does so into the file that is moved.
    new BootHistory(contexts.folder(work.id())).keep();
  }

  @Override
  public void pause(VmWork work) {
    required(work).pause();
  }

  @Override
  public void resume(VmWork work) {
    required(work).resume();
  }

  @Override
  public void resizeDisk(VmWork work, int number, long bytes) {
    required(work).resizeDisk(number, bytes);
  }

  @Override
  public void prepareSnapshot(VmWork work, Path files, boolean hasMemory) {
    snapshots.prepare(
        hasMemory ? work.spec().machine().memoryMib() : 0,
        hasMemory ? new SnapshotGuest(work.id(), networks.plan(work.slot()).guest()) : null,
        contexts.folder(work.id()),
        files);
  }

  @Override
  public void snapshot(VmWork work, Path files) {
    snapshots.write(required(work), contexts.folder(work.id()), files);
  }

  @Override
  public void snapshotDisk(VmWork work, Path files) {
    snapshots.writeDisk(contexts.folder(work.id()), files);
  }

  @Override
  public void saveMemory(VmWork work, Path files) {
    snapshots.writeMemory(required(work), work.spec().machine().memoryMib(), files);
    DurableFiles.sync(Disks.root(contexts.folder(work.id())).file());
    work.spec().volumes().stream()
        .filter(mount -> !mount.readOnly())
        .forEach(mount -> DurableFiles.sync(VolumeFiles.file(contexts.volumes(), mount.volume())));
  }

  @Override
  public void requireMemory(VmWork work, Path files, Digest digest) {
    Vmm vmm = vmms.named(work.spec().release());
    SnapshotFiles.requireWhole(files, digest);
    vmm.requireRestorable(bootSpec(contexts.of(work), vmm), SnapshotFiles.machine(files));
  }

  @Override
  public MachineRef loadMemory(VmWork work, Path files) {
    Vmm vmm = vmms.named(work.spec().release());
    return vmm.load(prepared(work, vmm), SnapshotFiles.machine(files), MemoryUse.ALONE).ref();
  }
}
