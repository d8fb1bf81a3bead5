package dev.visco.volume;

import dev.visco.lifecycle.VolumeStore;
import dev.visco.model.VmId;
import dev.visco.model.VolumeId;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a killed daemon left of work on volumes; to be called before anything is conducted. */
public final class VolumeRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeRecovery.class);
  private final VmRows vms;
  private final VolumeRows rows;
  private final VolumeStore files;
  private final EventRows events;
  private final InstantSource clock;

  public VolumeRecovery(
      VmRows vms, VolumeRows rows, VolumeStore files, EventRows events, InstantSource clock) {
    this.vms = vms;
    this.rows = rows;
    this.files = files;
    this.events = events;
    this.clock = clock;
  }

  /**
   * Finishes or undoes what was begun. A file that no row knows is kept, and it is said: its row is
   * lost, which is no licence to delete it.
   */
  public void recover() {
    Set<VolumeId> there = files.sweep();
    Set<VmId> live = vms.list(false).stream().map(VmRow::id).collect(Collectors.toSet());
    var known = new HashSet<VolumeId>();
    for (VolumeRow row : rows.list(null)) {
      known.add(row.id());
      attempt(row.id(), () -> recover(row, live));
    }
    there.stream().filter(id -> !known.contains(id)).forEach(this::tellLost);
  }

  private void recover(VolumeRow row, Set<VmId> live) {
    VmId vm = row.vm();
    if (vm != null && !live.contains(vm)) {
      LOG.info("volume {}: its VM {} is gone; it is given back", row.id(), vm);
      files.takeBack(row.id());
      rows.release(row.id(), vm);
    }
    switch (row.state()) {
      case NEW -> rows.removeUnused(row.id());
      case CREATING, REMOVING -> {
        LOG.info("volume {} was not whole; it is removed", row.id());
        files.remove(row.id());
        rows.remove(row.id());
      }
      case BUSY -> rows.ready(row.id());
      case READY -> {}
    }
  }

  private void tellLost(VolumeId id) {
    String text =
        "The volume " + id + " has a file and no row; it is kept. Import it to have it again.";
    LOG.warn("{}", text);
    attempt(id, () -> events.add(EventKind.VOLUME_LOST, null, text, clock.millis()));
  }

  /** What is wrong with one volume must not keep the others from being recovered. */
  private static void attempt(VolumeId id, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      LOG.error("volume {} could not be recovered; it goes on with the others", id, e);
    }
  }
}
