package dev.visco.lifecycle.monitor;

import dev.visco.host.DiskRoom;
import dev.visco.model.VmId;

/** How full the file system with the guests' disks is; the least full level first. */
enum RoomLevel {
  /** New VMs, snapshots and images are made, and paused VMs are resumed. */
  ENOUGH,

  /** Nothing new is made; guests keep running. */
  NEAR,

  /** The reserve is reached: a guest whose disk grows is paused. */
  RESERVE,

  /** Half of the reserve is used: every guest is paused. */
  HALF;

  static RoomLevel of(long free, DiskRoom room) {
    long reserve = room.reserve();
    if (free <= reserve / 2) {
      return HALF;
    }
    if (free <= reserve) {
      return RESERVE;
    }
    return free < room.enough() ? NEAR : ENOUGH;
  }

  /** Whether no guest's disk may grow. */
  boolean isOver() {
    return compareTo(RESERVE) >= 0;
  }

  /**
   * The event's text when this level is reached.
   *
   * @param what whose file system it is
   */
  String text(String what, long free, DiskRoom room) {
    return switch (this) {
      case ENOUGH -> "%s has room again: %d MiB are free.".formatted(what, free >> 20);
      case NEAR ->
          "%s has only %d MiB free: nothing new is made below %d MiB, and at its reserve of %d MiB VMs that write more are paused."
              .formatted(what, free >> 20, room.enough() >> 20, room.reserve() >> 20);
      case RESERVE ->
          "%s has %d MiB free, its reserve of %d MiB: VMs that write more are paused until there are %d MiB free."
              .formatted(what, free >> 20, room.reserve() >> 20, room.enough() >> 20);
      case HALF ->
          "%s has %d MiB free, not half of its reserve of %d MiB: all VMs are paused until there are %d MiB free."
              .formatted(what, free >> 20, room.reserve() >> 20, room.enough() >> 20);
    };
  }

  /** Why a VM is paused, for its row, which its user reads: it tells nothing of how full it is. */
  static final String REASON =
      "The host's disk has no room but what is kept for Visco's own records (disk.reserve). ";

  static final String RESUMED =
      "It is resumed automatically when there is room: remove snapshots, volumes or VMs.";

  static String paused(VmId id, String why) {
    return id + " is paused: " + why;
  }
}
