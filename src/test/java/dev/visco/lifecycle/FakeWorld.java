package dev.visco.lifecycle;

import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.lifecycle.boot.HostBootProbe;
import dev.visco.lifecycle.boot.HostMachines;
import dev.visco.lifecycle.boot.HostVmDisks;
import dev.visco.lifecycle.steps.BootSteps;
import dev.visco.model.Digest;
import dev.visco.model.MachineSize;
import dev.visco.model.Origin;
import dev.visco.model.Rate;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.UserData;
import dev.visco.model.VmId;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.network.Slots;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.VolumeRows;
import dev.visco.verify.GuestEnd;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Standstill;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A host that behaves: slots, disks and machines outlive whoever made them. What {@link
 * dev.visco.network.Networks}, {@link HostVmDisks}, {@link HostMachines} and {@link HostBootProbe}
 * do to a real one is shown by the tests with real guests.
 */
public final class FakeWorld {
  /** What a daemon does with users' credentials, by the store that it has opened. */
  public Function<Store, GuestCredentials> credentials = store -> GuestCredentials.NONE;

  /** The folder of a snapshot by its owner and name, by the store that was opened last. */
  public BiFunction<String, String, Path> snapshotFolders = (owner, name) -> Path.of("/none");

  private final Set<SlotIndex> slots = new HashSet<>();
  private final Set<SlotIndex> broken = new HashSet<>();
  private final List<SlotIndex> openings = new ArrayList<>();
  private final Set<SlotIndex> damagedSlots = new HashSet<>();
  private final Map<VmId, Integer> seeds = new ConcurrentHashMap<>();
  private final Map<SlotIndex, Rate> rates = new HashMap<>();
  private final Map<VmId, String> disks = new HashMap<>();
  private final Map<VmId, String> disksAside = new HashMap<>();

  /** Compressed copies beside disks, and those that have taken a disk's place. */
  private final Map<VmId, String> packedBeside = new HashMap<>();

  private final Map<VmId, String> packed = new HashMap<>();
  private final Map<VmId, String> imagesOfDisks = new HashMap<>();
  private final Map<VmId, String> imagesAside = new HashMap<>();
  private final Set<String> badImages = ConcurrentHashMap.newKeySet();
  private final Map<VolumeId, String> volumes = new HashMap<>();
  private final Map<VolumeId, VmId> lent = new HashMap<>();
  private final Map<VolumeId, Long> lengths = new HashMap<>();
  private final Map<VolumeId, Long> fileSystems = new HashMap<>();
  private final Map<VmId, MachineRef> machines = new HashMap<>();
  private final Set<Long> alive = new HashSet<>();
  private final Set<Long> paused = new HashSet<>();
  private final Set<Long> halted = new HashSet<>();
  private final Set<Long> failing = new HashSet<>();
  private final Map<VmId, Long> written = new HashMap<>();
  private final Map<VmId, Long> writtenToVolumes = new HashMap<>();
  private final Map<VmId, String> memories = new HashMap<>();
  private final Map<Path, String> snapshots = new HashMap<>();
  private final Map<Path, String> snapshotDisks = new HashMap<>();

  /** Whose disks guests hold still, and whether they can. */
  private final Set<VmId> frozen = new HashSet<>();

  private volatile boolean isFreezing = true;

  /** The snapshots over whose disks VMs' disks are layers. */
  private final Map<VmId, Path> layers = new HashMap<>();

  private final Set<Path> damaged = new HashSet<>();
  private final Set<Path> unloadable = new HashSet<>();
  private final Set<VmId> clocks = new HashSet<>();
  private final Set<VmId> synced = new HashSet<>();
  private final Map<VmId, GuestEnd> ends = new HashMap<>();
  private final Set<VmId> deaf = new HashSet<>();
  private final Set<VmId> off = new HashSet<>();
  private final List<VmId> kept = new ArrayList<>();
  private final Map<VmId, Integer> grown = new HashMap<>();
  private final Map<VmId, Integer> diskVersions = new HashMap<>();
  private final Map<Path, Integer> savedDisks = new HashMap<>();
  private final Map<VmId, MachineSize> sizes = new HashMap<>();
  private final Set<VmId> identities = new HashSet<>();
  private final Set<VmId> named = new HashSet<>();
  private boolean isPossible = true;
  private long pids = 1000;
  private int launches;
  private final AtomicLong checks = new AtomicLong();
  private volatile boolean isMet = true;
  private final Set<String> badReleases = ConcurrentHashMap.newKeySet();

  /** Told the name of every effect before and after it happens; may throw or block. */
  public interface Interruption {
    void at(String point);
  }

  public FakeParts parts(Interruption interruption) {
    return new FakeParts(interruption);
  }

  /** Its disk fails: its VMM stops the guest by itself. */
  public synchronized void failDisk(VmId id) {
    failing.add(Objects.requireNonNull(machines.get(id)).process().pid());
  }

  /** Its guest writes to where nothing was. */
  public synchronized void write(VmId id, long bytes) {
    written.merge(id, bytes, Long::sum);
  }

  /** Its guest writes to where nothing was on its volumes. */
  public synchronized void writeToVolumes(VmId id, long bytes) {
    writtenToVolumes.merge(id, bytes, Long::sum);
  }

  /** Whether its machine was paused. */
  public synchronized boolean isPaused(VmId id) {
    return paused.contains(Objects.requireNonNull(machines.get(id)).process().pid());
  }

  /** Its disk is full: its VMM stops the guest by itself. */
  public synchronized void halt(VmId id) {
    halted.add(Objects.requireNonNull(machines.get(id)).process().pid());
  }

  public synchronized int slots() {
    return slots.size();
  }

  /** Somebody sets a link of this slot down, say, until it is made anew. */
  public synchronized void damageSlot(SlotIndex index) {
    damagedSlots.add(index);
  }

  /** What this slot was given instead of what all have; null for nothing else. */
  public synchronized @Nullable Rate rate(SlotIndex index) {
    return rates.get(index);
  }

  /** Those that are put aside, too. */
  public synchronized int disks() {
    return disks.size() + disksAside.size() + packed.size() + packedBeside.size();
  }

  /** What is on a VM's disk; empty when it has none. */
  public synchronized String disk(VmId id) {
    return disks.getOrDefault(id, "");
  }

  /** What is on a disk that there is compressed only; empty for any other one. */
  public synchronized String packedDisk(VmId id) {
    return packed.getOrDefault(id, "");
  }

  /** From now on guests have no program that freezes their disks. */
  public void freezeNothing() {
    isFreezing = false;
  }

  /** How many guests hold their disks still. */
  public synchronized int frozen() {
    return frozen.size();
  }

  /** From now on the VM's disk is a layer over the snapshot's. */
  public synchronized void layer(VmId vm, Path snapshot) {
    layers.put(vm, snapshot);
  }

  /** From now on whoever checks this snapshot finds a fault in it. */
  public synchronized void damage(Path files) {
    damaged.add(files);
  }

  /** From now on no machine starts from this snapshot, though nothing is to be seen. */
  public synchronized void makeUnloadable(Path files) {
    unloadable.add(files);
  }

  /** What is on each volume's file; {@code half} on one that is being made. */
  public synchronized Map<VolumeId, String> volumes() {
    return Map.copyOf(volumes);
  }

  /** Whose machine may open which volume's file. */
  public synchronized Map<VolumeId, VmId> lent() {
    return Map.copyOf(lent);
  }

  /** Bytes of each volume's file that was made longer, and of its file system. */
  public synchronized List<Long> sizes(VolumeId id) {
    return List.of(lengths.getOrDefault(id, 0L), fileSystems.getOrDefault(id, 0L));
  }

  /** A guest makes a volume's file system as large as its disk. */
  public synchronized void growInGuest(VolumeId id) {
    fileSystems.put(id, Objects.requireNonNull(lengths.get(id)));
  }

  /** Somebody damages what is on a volume. */
  public synchronized void damage(VolumeId id) {
    volumes.put(id, "damaged");
  }

  /** A guest writes to a volume that its machine has. */
  public synchronized void write(VolumeId id, String text) {
    if (!lent.containsKey(id)) {
      throw new IllegalStateException("no machine has " + id);
    }
    volumes.put(id, text);
  }

  /** MiB that a VM's disk was made as large as; 0 when it never was made larger. */
  public synchronized int grownMib(VmId id) {
    return grown.getOrDefault(id, 0);
  }

  /** The size of the machine that was launched last. */
  public synchronized MachineSize size(VmId id) {
    return Objects.requireNonNull(sizes.get(id));
  }

  /** Machines that run. */
  public synchronized int machines() {
    return alive.size();
  }

  public synchronized int launches() {
    return launches;
  }

  /** How often somebody looked at a boot. */
  long looks() {
    return checks.get();
  }

  public synchronized Set<SlotIndex> present() {
    return Set.copyOf(slots);
  }

  /** From now on these, and only these, cannot be made. */
  public synchronized void breakSlots(Set<SlotIndex> indexes) {
    broken.clear();
    broken.addAll(indexes);
  }

  /** Somebody else removes it. */
  public synchronized void loseSlot(SlotIndex index) {
    slots.remove(index);
  }

  /** Every try to make a slot, in order. */
  public synchronized List<SlotIndex> openings() {
    return List.copyOf(openings);
  }

  /** What its guest has in memory. */
  public synchronized String memory(VmId id) {
    return memories.getOrDefault(id, "booted");
  }

  public synchronized void work(VmId id, String memory) {
    memories.put(id, memory);
    disks.replace(id, memory);
  }

  public synchronized Map<Path, String> snapshots() {
    return Map.copyOf(snapshots);
  }

  /** Machines that run and do not stand still. */
  public synchronized int working() {
    return (int) alive.stream().filter(pid -> !paused.contains(pid)).count();
  }

  /** Guests that were asked to write to their disks what they hold back. */
  public synchronized Set<VmId> synced() {
    return Set.copyOf(synced);
  }

  /** VMs that waited in a pool, and were told what they are called. */
  public synchronized Set<VmId> named() {
    return Set.copyOf(named);
  }

  /** Clones whose guests were made VMs of their own. */
  public synchronized Set<VmId> identities() {
    return Set.copyOf(identities);
  }

  /** From now on no guest can be made a VM of its own. */
  public synchronized void refuseIdentities() {
    isPossible = false;
  }

  /** Guests whose clock was set since they were restored. */
  public synchronized Set<VmId> clocks() {
    return Set.copyOf(clocks);
  }

  /** Whether no guest answers. */
  public boolean areGuestsMute() {
    return !isMet;
  }

  /** From now on no guest answers. */
  public void muteGuests() {
    isMet = false;
  }

  /** From now on every machine of this release ends during its boot. */
  public void spoil(String release) {
    badReleases.add(release);
  }

  /** From now on every machine that boots this image ends during its boot. */
  public void spoilImage(Digest image) {
    badImages.add(image.value());
  }

  /** From now on this release is a good one. */
  public void mend(String release) {
    badReleases.remove(release);
  }

  /** From now on every guest answers again. */
  public void unmuteGuests() {
    isMet = true;
  }

  /** Its guest says this of its end, and its machine has ended. */
  public synchronized void end(VmId id, GuestEnd how) {
    ends.put(id, how);
    killMachine(id);
  }

  /** From now on its guest does not hear that it shall shut down. */
  public synchronized void deafen(VmId id) {
    deaf.add(id);
  }

  /** Its guest has powered itself off, which its VMM does not see. */
  public synchronized void switchOff(VmId id) {
    off.add(id);
    ends.put(id, GuestEnd.POWERED_OFF);
  }

  /** The host goes down: machines and networks are gone, disks are there. */
  public synchronized void rebootHost() {
    alive.clear();
    machines.clear();
    slots.clear();
  }

  /** VMs whose last boot's evidence was put aside, in order. */
  public synchronized List<VmId> kept() {
    return List.copyOf(kept);
  }

  /** Another disk of this VM comes from somewhere. */
  public synchronized void addAside(VmId id) {
    disksAside.put(id, "another's");
    imagesAside.put(id, "another's");
  }

  /** How often a VM's seed was made anew. */
  public int seeds(VmId id) {
    return seeds.getOrDefault(id, 0);
  }

  public synchronized void loseDisk(VmId id) {
    disks.remove(id);
  }

  public synchronized void killMachine(VmId id) {
    alive.remove(Objects.requireNonNull(machines.get(id)).process().pid());
  }

  /** All that steps and whoever else works on VMs take. */
  public final class FakeParts
      implements Slots,
          GuestFreeze,
          VmDisks,
          VolumeStore,
          Machines,
          SnapshotStore,
          BootProbe,
          GuestClock,
          GuestDisks,
          GuestIdentity {
    private final Interruption interruption;

    private FakeParts(Interruption interruption) {
      this.interruption = interruption;
    }

    List<Step> steps(
        SlotRows rows,
        VolumeRows volumes,
        Restores restores,
        NextSizes sizes,
        GuestCredentials credentials,
        Function<VmId, UserData> userData,
        Clocks clocks) {
      return BootSteps.inOrder(
          this,
          this,
          new VolumeAttachments(volumes, this),
          this,
          this,
          rows,
          GuestEgress.NAT,
          credentials,
          restores,
          new HandOver(this, this, GuestEgress.NAT, credentials, this::tellName, userData),
          sizes,
          clocks);
    }

    Restores restores(SnapshotRows rows, NextSizes sizes, GuestCredentials credentials) {
      return new Restores(rows, this, this, this, this, sizes, credentials, this);
    }

    private void tellName(VmWork work, UserData data) {
      effect(
          "tell-name",
          () -> {
            if (!isPossible) {
              throw new HostFault("the guest does not take its name");
            }
            named.add(work.id());
          });
    }

    @Override
    public void makeOwn(VmWork work, Path snapshot) {
      effect(
          "make-own",
          () -> {
            if (!isPossible) {
              throw new HostFault("the guest has no sshd that could be told of its new key");
            }
            identities.add(work.id());
          });
    }

    @Override
    public void grow(VmWork work, int mib) {
      effect(
          "grow-disk",
          () -> {
            if (machines.containsKey(work.id())) {
              throw new IllegalStateException("a disk is grown under a machine that runs");
            }
            grown.merge(work.id(), mib, Math::max);
          });
    }

    private void effect(String name, Runnable effect) {
      interruption.at("before " + name);
      synchronized (FakeWorld.this) {
        effect.run();
      }
      interruption.at("after " + name);
    }

    @Override
    public void open(SlotIndex index) {
      effect(
          "open-slot",
          () -> {
            openings.add(index);
            if (broken.contains(index)) {
              throw new HostFault("slot " + index + " is broken");
            }
            slots.add(index);
            damagedSlots.remove(index);
            rates.remove(index);
          });
    }

    @Override
    public List<String> faults(SlotIndex index) {
      synchronized (FakeWorld.this) {
        return slots.contains(index) && !damagedSlots.contains(index)
            ? List.of()
            : List.of("slot " + index + " is not in order");
      }
    }

    @Override
    public void limit(SlotIndex index, Rate rate) {
      effect("limit-slot", () -> rates.put(index, rate));
    }

    @Override
    public void close(SlotIndex index) {
      effect("close-slot", () -> slots.remove(index));
    }

    @Override
    public void prepare(VmWork work) {
      effect(
          "prepare-disk",
          () -> {
            if (machines.containsKey(work.id())) {
              throw new IllegalStateException("a disk is made under a machine that runs");
            }
            disks.put(
                work.id(),
                work.spec().origin() instanceof Origin.Clone clone
                    ? snapshotDisks.getOrDefault(
                        snapshotFolders.apply(
                            SnapshotRows.holder(work.row().owner(), clone.snapshot()),
                            clone.snapshot()),
                        "none")
                    : "booted");
            imagesOfDisks.put(work.id(), work.row().image());
          });
    }

    @Override
    public TakenBytes taken(VmWork work) {
      synchronized (FakeWorld.this) {
        return new TakenBytes(
            written.getOrDefault(work.id(), 0L), writtenToVolumes.getOrDefault(work.id(), 0L));
      }
    }

    @Override
    public void remove(VmId id) {
      effect(
          "remove-disk",
          () -> {
            disks.remove(id);
            layers.remove(id);
            disksAside.remove(id);
            packed.remove(id);
            packedBeside.remove(id);
            imagesOfDisks.remove(id);
            imagesAside.remove(id);
            snapshots.keySet().removeIf(files -> files.toString().contains(id + "/"));
          });
    }

    @Override
    public void pack(VmWork work) {
      effect("begin-pack", () -> packedBeside.put(work.id(), "half"));
      effect("end-pack", () -> packedBeside.put(work.id(), disk(work.id())));
    }

    @Override
    public void replaceByPacked(VmId id) {
      effect(
          "replace-disk",
          () -> {
            if (machines.containsKey(id)) {
              throw new IllegalStateException("a disk is replaced under a machine that runs");
            }
            String copy = packedBeside.remove(id);
            if (copy != null) {
              packed.put(id, copy);
              disks.remove(id);
            }
          });
    }

    @Override
    public void dropPacked(VmId id) {
      synchronized (FakeWorld.this) {
        if (disks.containsKey(id)) {
          packedBeside.remove(id);
        }
      }
    }

    @Override
    public void unpack(VmWork work) {
      dropPacked(work.id());
      if (!packedDisk(work.id()).isEmpty()) {
        effect(
            "unpack", () -> disks.put(work.id(), Objects.requireNonNull(packed.remove(work.id()))));
      }
    }

    @Override
    public void make(VolumeId id, long bytes) {
      effect("begin-make-volume", () -> volumes.put(id, "half"));
      effect("end-make-volume", () -> volumes.put(id, "empty"));
    }

    @Override
    public void remove(VolumeId id) {
      effect(
          "remove-volume",
          () -> {
            if (lent.containsKey(id)) {
              throw new IllegalStateException("a volume is removed that a machine has");
            }
            volumes.remove(id);
          });
    }

    @Override
    public Set<VolumeId> sweep() {
      synchronized (FakeWorld.this) {
        volumes.values().removeIf("half"::equals);
        return Set.copyOf(volumes.keySet());
      }
    }

    @Override
    public Map<VolumeId, Long> taken(Set<VolumeId> ids) {
      var taken = new HashMap<VolumeId, Long>();
      ids.forEach(id -> taken.put(id, 4096L));
      return taken;
    }

    @Override
    public void mend(VolumeId id) {
      effect(
          "mend-volume",
          () -> {
            if ("damaged".equals(volumes.get(id))) {
              throw new Refused(new Refusal.Conflict("It is damaged.", "Mend it."));
            }
          });
    }

    @Override
    public void grow(VolumeId id, long bytes) {
      effect(
          "grow-volume",
          () -> {
            VmId vm = lent.get(id);
            if (vm != null && machines.containsKey(vm)) {
              throw new IllegalStateException("a volume is grown under a machine that runs");
            }
            lengths.merge(id, bytes, Math::max);
            fileSystems.merge(id, bytes, Math::max);
          });
    }

    @Override
    public void lengthen(VolumeId id, long bytes) {
      effect("lengthen-volume", () -> lengths.merge(id, bytes, Math::max));
    }

    @Override
    public void resizeDisk(VmWork work, int number, long bytes) {
      effect(
          "resize-disk",
          () -> {
            VolumeId id = work.spec().volumes().get(number - 2).volume();
            if (!Objects.equals(lengths.get(id), bytes)) {
              throw new IllegalStateException("a device is longer than its file");
            }
            pid(work);
          });
    }

    @Override
    public void export(VolumeId id, OutputStream out) throws IOException {
      interruption.at("export-volume");
      String text = Objects.requireNonNull(volumes().get(id));
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public StagedVolume receive(VolumeId id, InputStream in, long maxBytes, LongConsumer room)
        throws IOException {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (text.equals("damaged")) {
        throw new Refused(new Refusal.Conflict("It is damaged.", "Use a good copy."));
      }
      interruption.at("received-volume");
      return new StagedVolume() {
        @Override
        public long bytes() {
          return 64 << 20;
        }

        @Override
        public void finish() {
          effect("finish-volume", () -> volumes.put(id, text));
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void lend(VmWork work, VolumeId id, long bytes, boolean readOnly) {
      effect(
          "lend-volume",
          () -> {
            VmId other = lent.get(id);
            if (other != null && !other.equals(work.id())) {
              throw new IllegalStateException("a volume of two machines");
            }
            if (!volumes.containsKey(id) || "half".equals(volumes.get(id))) {
              throw new IllegalStateException("a volume that is not whole");
            }
            lengths.merge(id, bytes, Math::max);
            fileSystems.merge(id, bytes, Math::max);
            lent.put(id, work.id());
          });
    }

    @Override
    public void takeBack(VolumeId id) {
      effect(
          "take-volume-back",
          () -> {
            VmId vm = lent.remove(id);
            if (vm != null && machines.containsKey(vm)) {
              throw new IllegalStateException("a volume is taken from a machine that runs");
            }
          });
    }

    @Override
    public void prepareAgain(VmWork work) {
      requireKept(work);
      seeds.merge(work.id(), 1, Integer::sum);
    }

    @Override
    public void requireKept(VmWork work) {
      synchronized (FakeWorld.this) {
        if (!disks.containsKey(work.id()) && !packed.containsKey(work.id())) {
          throw new Refused(new Refusal.HostLacks("disk", "The disk is gone.", "Put it back."));
        }
      }
    }

    @Override
    public Optional<GuestEnd> guestEnd(VmWork work) {
      synchronized (FakeWorld.this) {
        return Optional.ofNullable(ends.get(work.id()));
      }
    }

    @Override
    public boolean isGuestOff(VmWork work) {
      synchronized (FakeWorld.this) {
        return off.contains(work.id());
      }
    }

    @Override
    public void shutDown(VmWork work) {
      effect(
          "shut-down",
          () -> {
            if (!deaf.contains(work.id())) {
              FakeWorld.this.end(work.id(), GuestEnd.POWERED_OFF);
            }
          });
    }

    @Override
    public void keepLastBoot(VmWork work) {
      effect(
          "keep-last-boot",
          () -> {
            kept.add(work.id());
            ends.remove(work.id());
            off.remove(work.id());
          });
    }

    @Override
    public MachineRef launch(VmWork work) {
      synchronized (FakeWorld.this) {
        diskVersions.merge(work.id(), 1, Integer::sum);
        memories.put(work.id(), "booted");
      }
      return start(work);
    }

    private MachineRef start(VmWork work) {
      effect(
          "launch",
          () -> {
            if (!slots.contains(work.slot()) || !disks.containsKey(work.id())) {
              throw new IllegalStateException("a machine without its network or disk");
            }
            if (!work.row().image().equals(imagesOfDisks.get(work.id()))) {
              throw new IllegalStateException("a kernel of another image than the disk's");
            }
            for (VolumeMount mount : work.spec().volumes()) {
              if (!work.id().equals(lent.get(mount.volume()))) {
                throw new IllegalStateException("a machine without its volume");
              }
            }
            end(work.id());
            launches++;
            sizes.put(work.id(), work.spec().machine().size());
            alive.add(++pids);
            machines.put(
                work.id(),
                new MachineRef(
                    "fake", "none", new ProcessRef(pids, pids, "boot"), Path.of("/none"), "qemu"));
          });
      synchronized (FakeWorld.this) {
        return Objects.requireNonNull(machines.get(work.id()));
      }
    }

    @Override
    public void requireRestorable(VmWork work, Path files, @Nullable Digest digest) {
      synchronized (FakeWorld.this) {
        if (damaged.contains(files) || !snapshots.containsKey(files)) {
          throw new HostFault("the snapshot is damaged: " + files + " was changed");
        }
      }
    }

    @Override
    public void putAside(VmId id) {
      effect(
          "put-aside",
          () -> {
            if (!disksAside.containsKey(id) && disks.containsKey(id)) {
              disksAside.put(id, Objects.requireNonNull(disks.remove(id)));
              imagesAside.put(id, Objects.requireNonNull(imagesOfDisks.remove(id)));
            }
          });
    }

    @Override
    public void take(VmWork work, Path files) {
      effect(
          "begin-take-disk",
          () -> {
            disks.put(work.id(), "half");
            imagesOfDisks.put(work.id(), work.row().image());
          });
      effect(
          "end-take-disk",
          () -> disks.put(work.id(), Objects.requireNonNull(snapshotDisks.get(files))));
    }

    @Override
    public boolean putBack(VmId id) {
      boolean[] done = {false};
      effect(
          "put-back",
          () -> {
            String kept = disksAside.remove(id);
            if (kept != null) {
              if (machines.containsKey(id)) {
                throw new IllegalStateException("a disk is replaced under a machine that runs");
              }
              disks.put(id, kept);
              imagesOfDisks.put(id, Objects.requireNonNull(imagesAside.remove(id)));
              done[0] = true;
            }
          });
      return done[0];
    }

    @Override
    public Optional<Path> aside(VmId id) {
      synchronized (FakeWorld.this) {
        return disksAside.containsKey(id) ? Optional.of(Path.of("/" + id)) : Optional.empty();
      }
    }

    @Override
    public void dropAside(VmId id) {
      effect(
          "drop-aside",
          () -> {
            disksAside.remove(id);
            imagesAside.remove(id);
          });
    }

    @Override
    public MachineRef restore(VmWork work, Path files) {
      effect(
          "restore",
          () -> {
            if (machines.containsKey(work.id())) {
              throw new IllegalStateException("its old machine was not ended");
            }
            if (unloadable.contains(files)) {
              throw new HostFault("QEMU could not load the snapshot");
            }
            if (!disk(work.id()).equals(snapshotDisks.get(files))) {
              throw new IllegalStateException("a machine from a snapshot on another disk");
            }
            memories.put(work.id(), Objects.requireNonNull(snapshots.get(files)));
            clocks.remove(work.id());
          });
      return start(work);
    }

    @Override
    public Standstill standstill(VmWork work) {
      interruption.at("standstill");
      synchronized (FakeWorld.this) {
        long pid = pid(work);
        if (failing.contains(pid)) {
          return Standstill.DISK_ERROR;
        }
        if (halted.contains(pid)) {
          return Standstill.NO_SPACE;
        }
        return paused.contains(pid) ? Standstill.PAUSED : Standstill.NONE;
      }
    }

    @Override
    public void pause(VmWork work) {
      effect("pause", () -> paused.add(pid(work)));
    }

    @Override
    public void resume(VmWork work) {
      effect(
          "resume",
          () -> {
            halted.remove(pid(work));
            failing.remove(pid(work));
            if (paused.remove(pid(work))) {
              diskVersions.merge(work.id(), 1, Integer::sum); // A guest that runs writes to it.
            }
          });
    }

    private long pid(VmWork work) {
      long pid = work.machine().orElseThrow().process().pid();
      if (!alive.contains(pid)) {
        throw new HostFault("the machine of " + work.id() + " does not run");
      }
      return pid;
    }

    @Override
    public void prepareSnapshot(VmWork work, Path files, boolean hasMemory) {
      effect("prepare-snapshot", () -> snapshots.put(files, "half"));
    }

    @Override
    public void snapshot(VmWork work, Path files) {
      effect("begin-snapshot", () -> snapshots.put(files, "half"));
      effect(
          "end-snapshot",
          () -> {
            if (!paused.contains(pid(work))) {
              throw new HostFault("a machine that runs cannot be written down");
            }
            snapshots.put(files, memories.getOrDefault(work.id(), "booted"));
            snapshotDisks.put(files, disk(work.id()));
          });
    }

    @Override
    public void snapshotDisk(VmWork work, Path files) {
      effect("begin-snapshot-disk", () -> snapshots.put(files, "half"));
      effect(
          "end-snapshot-disk",
          () -> {
            if (machines.containsKey(work.id()) && !paused.contains(pid(work))) {
              throw new HostFault("a disk is copied under a machine that runs");
            }
            snapshots.put(files, frozen.contains(work.id()) ? "frozen disk" : "disk");
            snapshotDisks.put(files, disk(work.id()));
          });
    }

    @Override
    public SnapshotConsistency during(VmWork vm, Runnable work) {
      boolean isFrozen = isFreezing;
      try {
        if (isFrozen) {
          effect("freeze", () -> frozen.add(vm.id()));
        }
        work.run();
      } finally {
        // By its watchdog, when nobody else does it.
        synchronized (FakeWorld.this) {
          frozen.remove(vm.id());
        }
      }
      return isFrozen ? SnapshotConsistency.FROZEN : SnapshotConsistency.SYNCED;
    }

    @Override
    public void saveMemory(VmWork work, Path files) {
      effect("begin-save-memory", () -> snapshots.put(files, "half"));
      effect(
          "end-save-memory",
          () -> {
            if (!paused.contains(pid(work))) {
              throw new HostFault("a machine that runs cannot be written down");
            }
            snapshots.put(files, memories.getOrDefault(work.id(), "booted"));
            savedDisks.put(files, diskVersions.getOrDefault(work.id(), 0));
          });
    }

    @Override
    public void requireMemory(VmWork work, Path files, Digest digest) {
      requireRestorable(work, files, digest);
    }

    @Override
    public MachineRef loadMemory(VmWork work, Path files) {
      effect(
          "load-memory",
          () -> {
            if (machines.containsKey(work.id())) {
              throw new IllegalStateException("its old machine was not ended");
            }
            if (unloadable.contains(files)) {
              throw new HostFault("QEMU could not load the snapshot");
            }
            if (!Objects.equals(savedDisks.get(files), diskVersions.getOrDefault(work.id(), 0))) {
              throw new IllegalStateException("a memory beside a disk that has changed since");
            }
            memories.put(work.id(), Objects.requireNonNull(snapshots.get(files)));
            clocks.remove(work.id());
          });
      MachineRef machine = start(work);
      synchronized (FakeWorld.this) {
        paused.add(machine.process().pid());
      }
      return machine;
    }

    @Override
    public SealedSnapshot seal(Path files) {
      effect("seal", () -> Objects.requireNonNull(snapshots.get(files)));
      return new SealedSnapshot(4096, new Digest("sha256:" + "5".repeat(64)));
    }

    @Override
    public SealedSnapshot withoutMemory(Path files) {
      return new SealedSnapshot(1024, new Digest("sha256:" + "6".repeat(64)));
    }

    @Override
    public void dropMemory(Path files) {
      effect("drop-memory", () -> snapshots.replace(files, "disk"));
    }

    @Override
    public void remove(Path files) {
      effect("remove-snapshot", () -> snapshots.remove(files));
    }

    @Override
    public Set<Path> all() {
      synchronized (FakeWorld.this) {
        return Set.copyOf(snapshots.keySet());
      }
    }

    @Override
    public Path folder(SnapshotPlace place) {
      return Path.of("/snapshots").resolve(place.value());
    }

    @Override
    public Optional<Path> below(VmId vm) {
      synchronized (FakeWorld.this) {
        return Optional.ofNullable(layers.get(vm));
      }
    }

    @Override
    public Set<Path> belowAll(VmId vm) {
      return below(vm).map(Set::of).orElse(Set.of());
    }

    @Override
    public boolean canMoveOut() {
      return true;
    }

    @Override
    public void moveOut(Path from, Path to) {
      effect(
          "move-out",
          () -> {
            String memory = snapshots.remove(from);
            if (memory != null) {
              snapshots.put(to, memory);
              snapshotDisks.put(to, Objects.requireNonNull(snapshotDisks.get(from)));
            }
          });
    }

    @Override
    public void sync(VmWork work) {
      effect(
          "sync-guest",
          () -> {
            pid(work);
            if (!isMet) {
              throw new HostFault("the guest does not answer");
            }
            synced.add(work.id());
          });
    }

    @Override
    public void set(VmWork work) {
      effect("set-clock", () -> clocks.add(work.id()));
    }

    private void end(VmId id) {
      MachineRef machine = machines.remove(id);
      if (machine != null) {
        alive.remove(machine.process().pid());
      }
    }

    @Override
    public void stop(VmWork work) {
      effect("stop-machine", () -> end(work.id()));
    }

    @Override
    public boolean isAlive(MachineRef machine) {
      synchronized (FakeWorld.this) {
        return alive.contains(machine.process().pid());
      }
    }

    @Override
    public BootStatus probe(VmWork work) {
      checks.incrementAndGet();
      interruption.at("look");
      if (badReleases.contains(work.spec().release()) || badImages.contains(work.row().image())) {
        return new BootStatus(
            false, Optional.of("Criterion 1: nothing."), Optional.of("Its machine ended."));
      }
      boolean isUp = isMet && work.machine().filter(this::isAlive).isPresent();
      return new BootStatus(isUp, isUp ? Optional.empty() : Optional.of("Criterion 1: nothing."));
    }

    @Override
    public String explain(VmWork work) {
      interruption.at("explain");
      return "Cause (fake): the world is one.";
    }

    @Override
    public void forget(VmId id) {}
  }
}
