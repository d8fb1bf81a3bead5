package dev.visco.lifecycle.boot;

import dev.visco.host.BackgroundTask;
import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.SparseFile;
import dev.visco.image.Disks;
import dev.visco.image.PackedDisks;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.BootSpec;
import dev.visco.model.Origin.Clone;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Origin.FromSnapshot;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserData;
import dev.visco.model.VmId;
import dev.visco.model.VolumeMount;
import dev.visco.session.GuestEnvironment;
import dev.visco.session.VmKeys;
import dev.visco.store.SnapshotRows;
import dev.visco.vmm.Vmms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The folders of VMs in the data folder. */
public final class HostVmDisks implements VmDisks {
  private final BootContext.Source contexts;
  private final Disks disks;
  private final PackedDisks packed;
  private final Vmms vmms;
  private final BiFunction<String, String, Path> snapshots;
  private final Function<VmId, UserData> userData;

  /**
   * @param snapshots the folder of a snapshot by its owner and name; refuses one that does not
   *     exist
   * @param userData what a VM was created with
   */
  public HostVmDisks(
      BootContext.Source contexts,
      Disks disks,
      Vmms vmms,
      BiFunction<String, String, Path> snapshots,
      Function<VmId, UserData> userData) {
    this.contexts = contexts;
    this.disks = disks;
    this.packed = disks.packed();
    this.vmms = vmms;
    this.snapshots = snapshots;
    this.userData = userData;
  }

  @Override
  public void prepare(VmWork work) {
    BootContext context = contexts.of(work);
    Path folder = context.folder();
    try {
      DataFolders.passable(contexts.vms());
      DataFolders.passable(folder);
    } catch (IOException e) {
      throw new HostFault("cannot make " + folder + ": " + e.getMessage(), e);
    }
    // The seed has nothing to do with the root disk: each waits for the host's disk and processes.
    try (var seed = new BackgroundTask<>(() -> seed(work, context))) {
      root(work, context);
      seed.join();
    }
  }

  private void root(VmWork work, BootContext context) {
    Path folder = context.folder();
    int uid = context.plan().uid();
    switch (work.spec().origin()) {
      case FromImage from -> {
        var taken = vmms.named(work.spec().release()).capabilities().diskFormats();
        Integer mib = work.spec().machine().diskMib();
        disks.root(
            context.image(),
            folder,
            uid,
            Disks.rootFormat(taken),
            mib == null ? 0L : (long) mib << 20);
      }
      case Clone from -> disks.fromSnapshot(snapshot(work, from.snapshot()), folder, uid);
      case FromSnapshot from -> disks.copyRoot(snapshot(work, from.snapshot()), folder, uid);
      case FromDisk from -> disks.copyRoot(contexts.folder(from.vm()), folder, uid);
    }
  }

  private Path snapshot(VmWork work, String name) {
    return snapshots.apply(SnapshotRows.holder(work.row().owner(), name), name);
  }

  @Override
  public void prepareAgain(VmWork work) {
    requireKept(work);
    BootContext context = contexts.of(work);
    seed(work, context);
  }

  @Override
  public void requireKept(VmWork work) {
    Path root = Disks.root(contexts.folder(work.id())).file();
    if (!Files.exists(root) && PackedDisks.of(contexts.folder(work.id())).isEmpty()) {
      throw new Refused(
          new Refusal.HostLacks(
              "disk",
              "The root disk of " + work.id() + " is gone: there is no " + root + ".",
              "Put it back from a copy, or destroy the VM."));
    }
  }

  @Override
  public void grow(VmWork work, int mib) {
    BootContext context = contexts.of(work);
    disks.grow(context.folder(), (long) mib << 20, context.image().manifest().partitionUuid());
  }

  private BootSpec.Disk seed(VmWork work, BootContext context) {
    VmKeys keys = context.keys();
    keys.create();
    if (context.image().manifest().hasDesktop()) {
      keys.createVncPassword(new SecureRandom());
    }
    String name = Objects.requireNonNullElse(work.row().name(), work.id().value());
    UserData data = userData.apply(work.id());
    Map<String, byte[]> cloudInit =
        new CloudInit(work.id(), name, context.plan().guest(), keys.seedFiles(), data).files();
    return disks.seed(
        context.folder(),
        context.plan().uid(),
        seedFiles(work, name, keys.seedFiles(), data),
        cloudInit);
  }

  private static Map<String, byte[]> seedFiles(
      VmWork work, String name, Map<String, byte[]> keys, UserData data) {
    var files = new HashMap<>(keys);
    files.putAll(GuestEnvironment.seedFiles(data));
    files.put("hostname", (name + "\n").getBytes(StandardCharsets.UTF_8));
    String volumes = volumes(work.spec().volumes());
    if (!volumes.isEmpty()) {
      files.put("volumes", volumes.getBytes(StandardCharsets.UTF_8));
    }
    return files;
  }

  /**
   * A line for each: its label, where it is to be mounted, and {@code rw} or {@code ro}. By path,
   * so that one within another comes after it.
   */
  private static String volumes(List<VolumeMount> mounts) {
    return mounts.stream()
        .sorted(Comparator.comparing(one -> one.path().value()))
        .map(one -> "%s %s %s\n".formatted(one.volume(), one.path(), one.readOnly() ? "ro" : "rw"))
        .collect(Collectors.joining());
  }

  @Override
  public TakenBytes taken(VmWork work) {
    Path folder = contexts.folder(work.id());
    long taken = 0;
    for (VolumeMount mount : work.spec().volumes()) {
      if (!mount.readOnly()) {
        taken += SparseFile.taken(VolumeFiles.file(contexts.volumes(), mount.volume()));
      }
    }
    Path root = Disks.root(folder).file();
    Path disk = Files.exists(root) ? root : PackedDisks.of(folder).orElse(root);
    return new TakenBytes(SparseFile.taken(disk), taken);
  }

  @Override
  public void pack(VmWork work) {
    packed.pack(contexts.folder(work.id()));
  }

  @Override
  public void replaceByPacked(VmId id) {
    packed.replace(contexts.folder(id));
  }

  @Override
  public void dropPacked(VmId id) {
    packed.drop(contexts.folder(id));
  }

  @Override
  public void unpack(VmWork work) {
    packed.unpack(contexts.folder(work.id()));
  }

  @Override
  public void remove(VmId id) {
    DurableFiles.deleteTree(contexts.folder(id));
  }

  @Override
  public void putAside(VmId id) {
    Disks.putAside(contexts.folder(id));
  }

  @Override
  public void take(VmWork work, Path files) {
    BootContext context = contexts.of(work);
    disks.copyRoot(files, context.folder(), context.plan().uid());
  }

  @Override
  public boolean putBack(VmId id) {
    return Disks.putBack(contexts.folder(id));
  }

  @Override
  public Optional<Path> aside(VmId id) {
    return Disks.aside(contexts.folder(id));
  }

  @Override
  public void dropAside(VmId id) {
    Disks.dropAside(contexts.folder(id));
  }
}
