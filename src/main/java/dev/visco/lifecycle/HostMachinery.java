package dev.visco.lifecycle;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.Diagnosis;
import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.image.BootKernel;
import dev.visco.image.Disks;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Origin.FromSnapshot;
import dev.visco.model.Purpose;
import dev.visco.model.Rate;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.session.VmKeys;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.Vmm;
import dev.visco.vmm.Vmms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The steps' effects on this host: where network, image, VMM and verification meet. */
final class HostMachinery implements Machinery {
  private static final Logger LOG = LoggerFactory.getLogger(HostMachinery.class);
  private static final Duration GRACE = Duration.ofSeconds(3);
  private final Path vms;
  private final Images images;
  private final BootContext.Source contexts;
  private final Disks disks;
  private final SnapshotFiles snapshots;
  private final Networks networks;
  private final Vmms vmms;
  private final long consoleBytes;
  private final BootLooks looks;
  private final Explainer explainer;
  private final Function<String, Path> snapshotFolders;

  /**
   * @param snapshotFolders where the files of a snapshot are, by its name; refuses one that nobody
   *     has
   */
  HostMachinery(
      Path vms,
      Images images,
      Disks disks,
      Networks networks,
      Vmms vmms,
      long consoleBytes,
      BootLooks looks,
      Explainer explainer,
      Function<String, Path> snapshotFolders) {
    this.vms = vms;
    this.images = images;
    this.contexts = new BootContext.Source(vms, images, networks);
    this.disks = disks;
    this.snapshots = new SnapshotFiles(vms, disks);
    this.networks = networks;
    this.vmms = vmms;
    this.consoleBytes = consoleBytes;
    this.looks = looks;
    this.explainer = explainer;
    this.snapshotFolders = snapshotFolders;
  }

  private Path folder(VmId id) {
    return vms.resolve(id.value());
  }

  @Override
  public void openSlot(SlotIndex index) {
    networks.open(index);
  }

  @Override
  public List<String> slotFaults(SlotIndex index) {
    return networks.faults(index);
  }

  @Override
  public void limitSlot(SlotIndex index, Rate rate) {
    networks.limit(index, rate);
  }

  @Override
  public void closeSlot(SlotIndex index) {
    networks.close(index);
  }

  @Override
  public void prepareDisk(VmWork work) {
    Path folder = folder(work.id());
    try {
      DataFolders.passable(vms);
      DataFolders.passable(folder);
    } catch (IOException e) {
      throw new HostFault("cannot make " + folder + ": " + e.getMessage(), e);
    }
    int uid = networks.plan(work.slot()).uid();
    switch (work.spec().origin()) {
      case FromImage image -> {
        var taken = vmms.named(work.spec().release()).capabilities().diskFormats();
        disks.root(image(work), folder, uid, Disks.rootFormat(taken));
      }
      case FromSnapshot from -> disks.copyRoot(snapshotFolders.apply(from.snapshot()), folder, uid);
      case FromDisk from -> disks.copyRoot(folder(from.vm()), folder, uid);
    }
    disks.seed(folder, uid, seedFiles(work.id(), image(work), folder));
  }

  private static Map<String, byte[]> seedFiles(VmId id, Image image, Path folder) {
    var keys = new VmKeys(folder);
    keys.create();
    if (image.manifest().hasDesktop()) {
      keys.createVncPassword(new SecureRandom());
    }
    var files = new HashMap<>(keys.seedFiles());
    files.put("hostname", (id + "\n").getBytes(StandardCharsets.UTF_8));
    return files;
  }

  private Image image(VmWork work) {
    return images.byDigest(new Digest(work.row().image()));
  }

  @Override
  public void removeDisk(VmId id) {
    DurableFiles.deleteTree(folder(id));
  }

  @Override
  public MachineRef launch(VmWork work) {
    Vmm vmm = vmms.named(work.spec().release());
    BootSpec spec = prepared(work, vmm);
    return vmm.launch(spec).ref();
  }

  @Override
  public void requireRestorable(VmWork work, Path files, @Nullable Digest digest) {
    Vmm vmm = vmms.named(work.spec().release());
    snapshots.requireRestorable(folder(work.id()), files, digest);
    vmm.requireRestorable(bootSpec(work, vmm), SnapshotFiles.machine(files));
  }

  @Override
  public void putDiskAside(VmId id) {
    Disks.putAside(folder(id));
  }

  @Override
  public void takeDisk(VmWork work, Path files) {
    disks.copyRoot(files, folder(work.id()), networks.plan(work.slot()).uid());
  }

  @Override
  public boolean putDiskBack(VmId id) {
    return Disks.putBack(folder(id));
  }

  @Override
  public void dropDiskAside(VmId id) {
    Disks.dropAside(folder(id));
  }

  @Override
  public MachineRef restore(VmWork work, Path files) {
    Vmm vmm = vmms.named(work.spec().release());
    return vmm.restore(prepared(work, vmm), SnapshotFiles.machine(files)).ref();
  }

  private MachineHandle running(VmWork work) {
    return work.machine()
        .flatMap(vmms::recover)
        .orElseThrow(() -> new HostFault("the machine of " + work.id() + " does not run"));
  }

  @Override
  public Optional<String> halted(VmWork work) {
    return work.machine().flatMap(vmms::recover).flatMap(MachineHandle::halted);
  }

  @Override
  public void pause(VmWork work) {
    running(work).pause();
  }

  @Override
  public void resume(VmWork work) {
    running(work).resume();
  }

  @Override
  public void snapshot(VmWork work, Path files) {
    snapshots.write(running(work), work.spec().machine().memoryMib(), folder(work.id()), files);
  }

  @Override
  public Sealed seal(Path files) {
    return snapshots.seal(files);
  }

  @Override
  public void removeSnapshot(Path files) {
    snapshots.remove(files);
  }

  @Override
  public Set<Path> snapshots() {
    return snapshots.all();
  }

  @Override
  public void setClock(VmWork work) {
    looks.setClock(contexts.of(work));
  }

  /** The machine's description is written, and a copy's network cut off. */
  private BootSpec prepared(VmWork work, Vmm vmm) {
    BootSpec spec = bootSpec(work, vmm);
    VmConfig.of(spec, vmm.bootArguments(spec)).write(spec.folder());
    if (work.spec().purpose() == Purpose.EXPERIMENT) {
      networks.isolate(work.slot());
    }
    return spec;
  }

  private BootSpec bootSpec(VmWork work, Vmm vmm) {
    Image image = image(work);
    Digest other = work.spec().kernel().ofImage();
    Image kernel = other == null ? image : images.byDigest(other);
    SlotPlan plan = networks.plan(work.slot());
    Path folder = folder(work.id());
    return new BootSpecs(
            work.id(),
            work.spec(),
            image,
            kernel(kernel, vmm),
            kernel.initrd(),
            Disks.root(folder),
            plan,
            folder,
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
  public void stopMachine(VmWork work) {
    work.machine().ifPresent(machine -> vmms.handle(machine).stop(GRACE));
    // A launch that was not recorded, or that came half-way.
    vmms.end(networks.installation(), work.id(), folder(work.id()), GRACE);
  }

  @Override
  public boolean isAlive(MachineRef machine) {
    return vmms.recover(machine).isPresent();
  }

  @Override
  public Look look(VmWork work) {
    return looks.look(contexts.of(work));
  }

  @Override
  public String explain(VmWork work) {
    Diagnosis diagnosis = explainer.keep(contexts.of(work));
    return "Cause (" + diagnosis.rule() + "): " + diagnosis.cause() + " " + diagnosis.remedy();
  }

  @Override
  public BootEvidence evidence(VmWork work) {
    return explainer.gather(contexts.of(work));
  }

  @Override
  public void forget(VmId id) {
    looks.forget(id);
  }
}
