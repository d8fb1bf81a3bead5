package dev.visco.volume;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.StagedVolume;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.VolumeLimits;
import dev.visco.lifecycle.VolumeStore;
import dev.visco.model.Refused;
import dev.visco.model.Sizes;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.Volume;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import dev.visco.model.VolumeState;
import dev.visco.store.VmRows;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, lists, resizes, exports, imports and removes volumes. A volume's row is there before its
 * file and goes after it; what a killed daemon began is taken away at the next start ({@link
 * VolumeRecovery}).
 */
public final class Volumes implements VolumeService {
  private static final Logger LOG = LoggerFactory.getLogger(Volumes.class);

  /** Behind root disk and seed. */
  private static final int FIRST_DISK = 2;

  private final VmRows vms;
  private final VolumeRows rows;
  private final VolumeStore files;
  private final VolumeLimits limits;
  private final VolumeWork work;
  private final Machines machines;
  private final VolumeGuest guest;
  private final InstantSource clock;
  private final RandomGenerator random;

  public Volumes(
      VmRows vms,
      VolumeRows rows,
      VolumeStore files,
      VolumeLimits limits,
      Leases leases,
      Machines machines,
      VolumeGuest guest,
      InstantSource clock,
      RandomGenerator random) {
    this.vms = vms;
    this.rows = rows;
    this.files = files;
    this.limits = limits;
    this.work = new VolumeWork(rows, leases, machines);
    this.machines = machines;
    this.guest = guest;
    this.clock = clock;
    this.random = random;
  }

  @Override
  public Volume create(UserId owner, VolumeName name, long bytes) {
    Volume.checkSize("size", bytes);
    var row =
        new VolumeRow(
            newId(),
            owner.value(),
            name.value(),
            bytes,
            VolumeState.CREATING,
            null,
            clock.millis());
    rows.insert(row, limits.admission(owner.value(), bytes));
    try {
      files.make(row.id(), bytes);
      rows.ready(row.id());
    } catch (RuntimeException | Error e) {
      discard(row.id(), e);
      throw e;
    }
    LOG.info("volume {} of {} is {}", name, owner, row.id());
    return find(owner, name);
  }

  /** Of a volume that could not be made nothing is left; what is, goes at the next start. */
  private void discard(VolumeId id, Throwable why) {
    try {
      files.remove(id);
      rows.remove(id);
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  /** An id is a file's name and a label: one that comes a second time is not used. */
  private VolumeId newId() {
    VolumeId id = VolumeId.random(random);
    while (rows.find(id).isPresent()) {
      id = VolumeId.random(random);
    }
    return id;
  }

  @Override
  public List<Volume> list(@Nullable UserId owner) {
    List<VolumeRow> found = rows.list(owner == null ? null : owner.value());
    Map<VolumeId, Long> taken =
        files.taken(found.stream().map(VolumeRow::id).collect(Collectors.toSet()));
    return found.stream()
        .map(row -> volume(row, Objects.requireNonNullElse(taken.get(row.id()), 0L)))
        .toList();
  }

  @Override
  public Volume find(UserId owner, VolumeName name) {
    VolumeRow row = row(owner, name);
    Long taken = files.taken(Set.of(row.id())).get(row.id());
    return volume(row, Objects.requireNonNullElse(taken, 0L));
  }

  private VolumeRow row(UserId owner, VolumeName name) {
    return rows.find(owner.value(), name.value())
        .orElseThrow(() -> VolumeRows.notFound(name.value()));
  }

  private Volume volume(VolumeRow row, long taken) {
    return new Volume(
        row.id(),
        new UserId(row.owner()),
        new VolumeName(row.name()),
        row.bytes(),
        taken,
        row.state(),
        row.vm(),
        row.vm() == null ? null : mount(row.vm(), row.id()),
        Instant.ofEpochMilli(row.created()));
  }

  private @Nullable VolumeMount mount(VmId vm, VolumeId id) {
    return vms.find(vm).stream()
        .flatMap(row -> VmWork.of(row).spec().volumes().stream())
        .filter(mount -> mount.volume().equals(id))
        .findFirst()
        .orElse(null);
  }

  @Override
  public Resized resize(UserId owner, VolumeName name, long bytes) {
    Volume.checkSize("size", bytes);
    VolumeRow row = row(owner, name);
    if (bytes < row.bytes()) {
      throw Refused.invalid(
          "size",
          Sizes.bytesText(bytes),
          "is less than the volume has (" + Sizes.bytesText(row.bytes()) + ")",
          "Give more: a volume never becomes smaller. For a smaller one copy its files to a new one.");
    }
    VolumeRows.VolumeAdmission admission = limits.admission(owner.value(), bytes);
    String pending =
        work.idleOr(
            row,
            () -> {
              files.mend(row.id()); // Refuses a damaged one before anything is changed.
              rows.grow(row.id(), bytes, admission);
              files.grow(row.id(), bytes);
              return "";
            },
            vm -> {
              rows.grow(row.id(), bytes, admission);
              files.lengthen(row.id(), bytes);
              return growInGuest(vm, row, bytes).orElse("");
            });
    return new Resized(find(owner, name), pending.isEmpty() ? null : pending);
  }

  /** Empty when the guest has grown it, else why it could not. */
  private Optional<String> growInGuest(VmWork vm, VolumeRow row, long bytes) {
    List<VolumeMount> mounts = vm.spec().volumes();
    for (int at = 0; at < mounts.size(); at++) {
      VolumeMount mount = mounts.get(at);
      if (mount.volume().equals(row.id())) {
        if (mount.readOnly()) {
          return Optional.of("the guest can only read it");
        }
        try {
          machines.resizeDisk(vm, FIRST_DISK + at, bytes);
        } catch (HostFault e) {
          LOG.warn("{}: volume {} could not be resized while it runs", vm.id(), row.id(), e);
          return Optional.of(e.getMessage() + "");
        }
        return guest.grow(vm.id(), mount, bytes);
      }
    }
    return Optional.of(vm.id() + " does not name it");
  }

  @Override
  public Export export(UserId owner, VolumeName name) {
    VolumeRow row = row(owner, name);
    VolumeWork.Held held = work.idle(row);
    try {
      files.mend(row.id());
    } catch (RuntimeException | Error e) {
      held.close();
      throw e;
    }
    return new Export() {
      @Override
      public void to(OutputStream out) throws IOException {
        files.export(row.id(), out);
      }

      @Override
      public void close() {
        held.close();
      }
    };
  }

  @Override
  public void checkImport(UserId owner, VolumeName name) {
    if (rows.find(owner.value(), name.value()).isPresent()) {
      throw VolumeRows.nameTaken(owner.value(), name.value());
    }
    limits.requireRoom(0);
  }

  /** The file first: what comes may be anything, and there is no volume before it was checked. */
  @Override
  public Volume importFrom(UserId owner, VolumeName name, InputStream in) throws IOException {
    checkImport(owner, name);
    VolumeId id = newId();
    long max = Math.min(limits.mibPerUser() << 20, Volume.MAX_BYTES - 1);
    try (StagedVolume staged = files.receive(id, in, max, _ -> limits.requireRoom(0))) {
      Volume.checkSize("file", staged.bytes());
      var row =
          new VolumeRow(
              id,
              owner.value(),
              name.value(),
              staged.bytes(),
              VolumeState.CREATING,
              null,
              clock.millis());
      rows.insert(row, limits.admission(owner.value(), staged.bytes()));
      try {
        staged.finish();
        rows.ready(id);
      } catch (RuntimeException | Error e) {
        discard(id, e);
        throw e;
      }
    }
    LOG.info("volume {} of {} is {}, imported", name, owner, id);
    return find(owner, name);
  }

  @Override
  public void remove(UserId owner, VolumeName name) {
    VolumeRow row = rows.take(row(owner, name).id(), VolumeState.REMOVING);
    files.remove(row.id());
    rows.remove(row.id());
    LOG.info("volume {} of {} ({}) is removed", name, owner, row.id());
  }
}
