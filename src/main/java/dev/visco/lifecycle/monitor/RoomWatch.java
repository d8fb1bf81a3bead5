package dev.visco.lifecycle.monitor;

import dev.visco.host.DiskRoom;
import dev.visco.host.SteadyClock;
import dev.visco.store.EventRows;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Polls the room of one file system, and tells when it comes to another level. */
final class RoomWatch {
  private static final Logger LOG = LoggerFactory.getLogger(RoomWatch.class);

  private final String what;
  private final DiskRoom room;
  private final EventRows events;
  private final InstantSource clock;
  private final SteadyClock steady;
  private @Nullable Long roomSince;
  private RoomLevel told = RoomLevel.ENOUGH;

  /**
   * @param what whose file system it is, for events, like {@code The data folder}
   */
  RoomWatch(String what, DiskRoom room, EventRows events, InstantSource clock, SteadyClock steady) {
    this.what = what;
    this.room = room;
    this.events = events;
    this.clock = clock;
    this.steady = steady;
  }

  /**
   * How full it is now.
   *
   * @param free in bytes
   * @param mayGoOn whether there has been room for so long that guests may be resumed
   */
  record RoomNow(DiskRoom room, long free, RoomLevel level, boolean mayGoOn) {
    /** Whether a guest is to be paused that writes to it. */
    boolean isToPause(boolean takesMore) {
      return level == RoomLevel.HALF || (level == RoomLevel.RESERVE && takesMore);
    }
  }

  /** Looks how full it is, and tells when that is another level than before. */
  RoomNow probe() {
    long free = room.free();
    RoomLevel level = RoomLevel.of(free, room);
    boolean mayGoOn = hasSettled(level);
    tell(level, mayGoOn, free);
    return new RoomNow(room, free, level, mayGoOn);
  }

  private boolean hasSettled(RoomLevel level) {
    long now = steady.nanos();
    if (level != RoomLevel.ENOUGH) {
      roomSince = null;
      return false;
    }
    Long since = roomSince;
    if (since == null) {
      // If there was always room since the daemon's start, there is nothing to wait for.
      since = told == RoomLevel.ENOUGH ? now - DiskMonitor.SETTLED.toNanos() : now;
      roomSince = since;
    }
    return now - since >= DiskMonitor.SETTLED.toNanos();
  }

  private void tell(RoomLevel level, boolean mayGoOn, long free) {
    boolean isWorse = level.compareTo(told) > 0;
    if (isWorse || (mayGoOn && told != RoomLevel.ENOUGH)) {
      told = level;
      String text = level.text(what, free, room);
      LOG.warn("{}", text);
      try {
        events.add(DiskMonitor.KIND, null, text, clock.millis());
      } catch (RuntimeException e) {
        LOG.warn("the event could not be recorded", e);
      }
    }
  }
}
