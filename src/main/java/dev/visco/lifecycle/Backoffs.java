package dev.visco.lifecycle;

import dev.visco.model.VmId;
import dev.visco.store.VmRow;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pauses between two tries of work on VMs. One ends early when the VM's row changes, for example
 * because the VM is to be destroyed.
 */
final class Backoffs {
  private static final long MAX_PAUSE_MILLIS = 60_000;
  private final Clocks clocks;
  private final Map<VmId, Backoff> pauses = new ConcurrentHashMap<>();

  /**
   * A pause.
   *
   * @param until its end, by the steady clock
   * @param revision of the row at the last try
   */
  private record Backoff(long until, long revision) {}

  Backoffs(Clocks clocks) {
    this.clocks = clocks;
  }

  /** Work on this VM, whose row is this one, is not to be tried again for a while. */
  void pause(VmRow row, long millis) {
    pauses.put(row.id(), new Backoff(clocks.uptime() + millis, row.revision()));
  }

  void end(VmId id) {
    pauses.remove(id);
  }

  /** Milliseconds until the next try; 0 when it may be tried now. */
  long left(VmId id, long revision) {
    Backoff pause = pauses.get(id);
    return pause == null || pause.revision() != revision
        ? 0
        : Math.max(0, pause.until() - clocks.uptime());
  }

  /** Milliseconds until the next try of something that must succeed: longer each time. */
  static long afterTry(VmRow row) {
    return Math.min(MAX_PAUSE_MILLIS, 500L << Math.min(row.tries(), 10));
  }
}
