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

  /** The event's text when this level is reached. */
  String text(long free, DiskRoom room) {
    return switch (this) {
      case ENOUGH -> "The data folder has room again: %d MiB are free.".formatted(free >> 20);
      case NEAR ->
          "The data folder has only %d MiB free: nothing new is made below %d MiB, and at its reserve of %d MiB VMs that write more are paused."
              .formatted(free >> 20, room.enough() >> 20, room.reserve() >> 20);
      case RESERVE ->
          "The data folder has %d MiB free, its reserve of %d MiB: VMs that write more are paused until there are %d MiB free."
              .formatted(free >> 20, room.reserve() >> 20, room.enough() >> 20);
      case HALF ->
          "The data folder has %d MiB free, not half of its reserve of %d MiB: all VMs are paused until there are %d MiB free."
              .formatted(free >> 20, room.reserve() >> 20, room.enough() >> 20);
    };
  }

  /** Why a VM is paused, for its row. */
  static String reason(long free, DiskRoom room) {
    return "The data folder has only %d MiB free, and the last %d MiB are kept for Visco's own records (disk.reserve). %s"
        .formatted(free >> 20, room.reserve() >> 20, whenResumed(room));
  }

  static String whenResumed(DiskRoom room) {
    return "It is resumed automatically when there are "
        + (room.enough() >> 20)
        + " MiB free: remove snapshots, images or VMs.";
  }

  static String paused(VmId id, String why) {
    return id + " is paused: " + why;
  }
}
