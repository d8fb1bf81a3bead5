package dev.visco.volume;

import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.VolumeLimits;
import dev.visco.lifecycle.VolumeStore;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, lists and removes volumes. A volume's row is there before its file and goes after it; what
 * a killed daemon began is taken away at the next start ({@link VolumeRecovery}).
 */
public final class Volumes implements VolumeService {
  private static final Logger LOG = LoggerFactory.getLogger(Volumes.class);

  private final VmRows vms;
  private final VolumeRows rows;
  private final VolumeStore files;
  private final VolumeLimits limits;
  private final InstantSource clock;
  private final RandomGenerator random;

  public Volumes(
      VmRows vms,
      VolumeRows rows,
      VolumeStore files,
      VolumeLimits limits,
      InstantSource clock,
      RandomGenerator random) {
    this.vms = vms;
    this.rows = rows;
    this.files = files;
    this.limits = limits;
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
    Long taken = files.taken(java.util.Set.of(row.id())).get(row.id());
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
  public void remove(UserId owner, VolumeName name) {
    VolumeRow row = rows.take(row(owner, name).id(), VolumeState.REMOVING);
    files.remove(row.id());
    rows.remove(row.id());
    LOG.info("volume {} of {} ({}) is removed", name, owner, row.id());
  }
}
