package dev.visco.lifecycle.monitor;

import dev.visco.host.DiskRoom;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.GuestClock;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.EventRows;
import dev.visco.store.VmRow;
import dev.visco.vmm.Standstill;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses VMs for want of room on the disk, and lets them go on. A machine is paused before that is
 * recorded, since its guest writes on meanwhile: a ready VM whose machine stands still, though
 * nobody works on it, is one whose record was lost, and is recorded by the next round, whichever
 * daemon's it is.
 */
public final class RoomPauses {
  private static final Logger LOG = LoggerFactory.getLogger(RoomPauses.class);

  /** Events of a VM that stands still or goes on. */
  static final String FULL = "disk-full";

  /** Events of a VM that stands still since the host's disk fails. */
  static final String BROKEN = "disk-error";

  private static final String BROKEN_TEXT =
      "The host's disk failed to do what the guest asked for, and its VMM has stopped it there. It"
          + " stays paused until it is resumed, which asks the disk again.";

  private final Machines machines;
  private final GuestClock guestClock;
  private final Leases leases;
  private final EventRows events;
  private final ChangeSignal changes;
  private final InstantSource clock;
  private final DiskRoom room;

  /** VMs whose machine was paused while they boot; their rows say nothing of it. */
  private final Set<VmId> held = ConcurrentHashMap.newKeySet();

  /**
   * @param room of the file system on which guests' disks lie
   */
  public RoomPauses(
      Machines machines,
      GuestClock guestClock,
      Leases leases,
      EventRows events,
      ChangeSignal changes,
      InstantSource clock,
      DiskRoom room) {
    this.machines = machines;
    this.guestClock = guestClock;
    this.leases = leases;
    this.events = events;
    this.changes = changes;
    this.clock = clock;
    this.room = room;
  }

  /** A VM that a person has paused has no reason in its row. */
  static boolean isHalted(VmRow row) {
    return row.state() == VmState.PAUSED && row.failure() != null;
  }

  /** Forgets all others of those that were paused while they boot. */
  void keepHeld(Set<VmId> booting) {
    held.retainAll(booting);
  }

  /** Pauses a ready VM that may take no more room. */
  void pause(VmRow row, long free) {
    standStill(row, free, true);
  }

  /** Asks a ready VM's machine whether it stands still by itself. */
  void probe(VmRow row, long free) {
    if (machines.standstill(VmWork.of(row)) != Standstill.NONE) {
      standStill(row, free, false);
    }
  }

  /** While nobody else works on it: whoever pauses it for a snapshot would be misunderstood. */
  private void standStill(VmRow seen, long free, boolean isToPause) {
    Optional<Lease> taken = leases.take(seen.id());
    if (taken.isEmpty()) {
      return; // In the next round.
    }
    try (Lease lease = taken.get()) {
      Optional<VmRow> row = lease.row().filter(one -> one.state() == VmState.READY);
      if (row.isEmpty()) {
        return;
      }
      VmWork work = VmWork.of(row.get());
      if (isToPause) {
        machines.pause(work);
      }
      // Somebody may have worked on it until now, or its VMM have stopped it before.
      Standstill now = machines.standstill(work);
      if (now != Standstill.NONE) {
        record(row.get(), lease, now, free);
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  private void record(VmRow row, Lease lease, Standstill why, long free) {
    String text =
        switch (why) {
          case NONE, PAUSED -> RoomLevel.reason(free, room);
          case NO_SPACE ->
              "The host's disk is full, and its VMM has stopped the guest at a write. "
                  + RoomLevel.goesOn(room);
          case DISK_ERROR -> BROKEN_TEXT;
        };
    if (isCommitted(Rows.halted(row, text), lease, "stands still")) {
      LOG.warn("{}: {}", lease.id(), text);
      events.add(
          why == Standstill.DISK_ERROR ? BROKEN : FULL,
          lease.id().value(),
          RoomLevel.standsStill(lease.id(), text),
          clock.millis());
    }
  }

  /** False when somebody wants it destroyed meanwhile, which comes first. */
  private boolean isCommitted(VmRow row, Lease lease, String what) {
    return lease.commit(row, what, clock.millis()).state() == row.state();
  }

  /**
   * Lets a VM go on that stands still for want of room.
   *
   * @param mayGoOn whether there has been room for a while
   */
  void checkHalted(VmRow row, RoomLevel level, boolean mayGoOn) {
    switch (machines.standstill(VmWork.of(row))) {
      case NONE -> {
        if (level.isOver()) {
          machines.pause(
              VmWork.of(row)); // Its pause came to nothing, or somebody else let it go on.
        } else {
          goOn(row);
        }
      }
      case PAUSED, NO_SPACE -> {
        if (mayGoOn) {
          goOn(row);
        }
      }
      case DISK_ERROR -> {} // Until somebody resumes it.
    }
  }

  /** Likewise while nobody else works on it: whoever takes a snapshot needs it to stand still. */
  private void goOn(VmRow seen) {
    Optional<Lease> taken = leases.take(seen.id());
    if (taken.isEmpty()) {
      return;
    }
    try (Lease lease = taken.get()) {
      Optional<VmRow> row = lease.row().filter(RoomPauses::isHalted);
      if (row.isPresent()) {
        machines.resume(VmWork.of(row.get()));
        if (isCommitted(Rows.in(row.get(), VmState.READY), lease, "goes on")) {
          LOG.info("{}: there is room on the disk again, and it goes on", lease.id());
          String text = lease.id() + " goes on: the disk has room.";
          events.add(FULL, lease.id().value(), text, clock.millis());
        }
        setClock(row.get());
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  /** A guest whose clock is late works all the same. */
  private void setClock(VmRow row) {
    try {
      guestClock.set(VmWork.of(row));
    } catch (RuntimeException e) {
      LOG.warn("{}: its clock could not be set and is late by the pause", row.id(), e);
    }
  }

  /**
   * Pauses the machine of a VM that boots. Its row stays as it is, and its deadline goes on:
   * whoever boots it holds its lease until it is ready.
   */
  void hold(VmRow row, long free) {
    machines.pause(VmWork.of(row));
    if (held.add(row.id())) {
      String text = "while it boots. " + RoomLevel.reason(free, room);
      LOG.warn("{}: paused {}", row.id(), text);
      events.add(FULL, row.id().value(), row.id() + " stands still " + text, clock.millis());
    }
  }

  /** Lets it go on; one that an earlier daemon paused is found by its machine. */
  void checkHeld(VmRow row, boolean mayGoOn) {
    boolean isHeld =
        held.contains(row.id()) || machines.standstill(VmWork.of(row)) == Standstill.PAUSED;
    if (isHeld && mayGoOn) {
      machines.resume(VmWork.of(row));
      held.remove(row.id());
    } else if (isHeld) {
      held.add(row.id());
    }
  }
}
