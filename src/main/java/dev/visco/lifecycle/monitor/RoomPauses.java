package dev.visco.lifecycle.monitor;

import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.GuestClock;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Leases.Lease;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.EventKind;
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
 * Pauses VMs because the disk is full, and resumes them. A machine is paused before that is
 * recorded, so that its guest cannot write meanwhile. If a daemon is killed in between, the next
 * round finds a ready VM with a paused machine and a free lease, and records it.
 */
public final class RoomPauses {
  private static final Logger LOG = LoggerFactory.getLogger(RoomPauses.class);

  /** Kind of events about VMs that were paused or resumed. */
  static final EventKind FULL = EventKind.DISK_FULL;

  /** Kind of events about VMs that were paused because of an I/O error of the host's disk. */
  static final EventKind BROKEN = EventKind.DISK_ERROR;

  private static final String BROKEN_TEXT =
      "The host's disk failed to do what the guest asked for, and its VMM has stopped it there. It"
          + " stays paused until it is resumed, which asks the disk again.";

  private final Machines machines;
  private final GuestClock guestClock;
  private final Leases leases;
  private final EventRows events;
  private final ChangeSignal changes;
  private final InstantSource clock;

  /** VMs that were paused while booting, which is not recorded in their rows. */
  private final Set<VmId> held = ConcurrentHashMap.newKeySet();

  public RoomPauses(
      Machines machines,
      GuestClock guestClock,
      Leases leases,
      EventRows events,
      ChangeSignal changes,
      InstantSource clock) {
    this.machines = machines;
    this.guestClock = guestClock;
    this.leases = leases;
    this.events = events;
    this.changes = changes;
    this.clock = clock;
  }

  /** Whether a VM was paused here; one that a user has paused has no reason in its row. */
  static boolean isHalted(VmRow row) {
    return row.state() == VmState.PAUSED && row.failure() != null;
  }

  /** Forgets the VMs that were paused while booting, except those that still boot. */
  void keepHeld(Set<VmId> booting) {
    held.retainAll(booting);
  }

  /** Pauses a ready VM whose disk may not grow. */
  void pause(VmRow row) {
    standStill(row, true);
  }

  /** Records a ready VM as paused if its VMM has paused it. */
  void probe(VmRow row) {
    if (machines.standstill(VmWork.of(row)) != Standstill.NONE) {
      standStill(row, false);
    }
  }

  /** Needs the VM's lease: a pause for a snapshot must not be mistaken for a full disk. */
  private void standStill(VmRow seen, boolean isToPause) {
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
        record(row.get(), lease, now);
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  private void record(VmRow row, Lease lease, Standstill why) {
    String text =
        switch (why) {
          case NONE, PAUSED -> RoomLevel.REASON + RoomLevel.RESUMED;
          case NO_SPACE ->
              "The host's disk is full, and its VMM has stopped the guest at a write. "
                  + RoomLevel.RESUMED;
          case DISK_ERROR -> BROKEN_TEXT;
        };
    if (isCommitted(Rows.halted(row, text), lease, "paused")) {
      LOG.warn("{}: {}", lease.id(), text);
      events.add(
          why == Standstill.DISK_ERROR ? BROKEN : FULL,
          lease.id().value(),
          RoomLevel.paused(lease.id(), text),
          clock.millis());
    }
  }

  /** False if its destruction was requested meanwhile, which takes precedence. */
  private boolean isCommitted(VmRow row, Lease lease, String what) {
    return lease.commit(row, what, clock.millis()).state() == row.state();
  }

  /**
   * Resumes a VM that was paused because the disk is full.
   *
   * @param isOver whether no guest's disk may grow
   * @param mayGoOn whether there has been room for a while
   */
  void checkHalted(VmRow row, boolean isOver, boolean mayGoOn) {
    switch (machines.standstill(VmWork.of(row))) {
      case NONE -> {
        if (isOver) {
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

  /** Needs the VM's lease too: a VM must stay paused while a snapshot of it is written. */
  private void goOn(VmRow seen) {
    Optional<Lease> taken = leases.take(seen.id());
    if (taken.isEmpty()) {
      return;
    }
    try (Lease lease = taken.get()) {
      Optional<VmRow> row = lease.row().filter(RoomPauses::isHalted);
      if (row.isPresent()) {
        machines.resume(VmWork.of(row.get()));
        if (isCommitted(Rows.in(row.get(), VmState.READY), lease, "resumed")) {
          LOG.info("{}: resumed, since the disk has room again", lease.id());
          String text = lease.id() + " is resumed: the disk has room.";
          events.add(FULL, lease.id().value(), text, clock.millis());
        }
        setClock(row.get());
      }
    } finally {
      changes.signal(seen.id());
    }
  }

  /** Failure is only logged: a guest works with a wrong clock too. */
  private void setClock(VmRow row) {
    try {
      guestClock.set(VmWork.of(row));
    } catch (RuntimeException e) {
      LOG.warn("{}: its clock could not be set; it is behind by the pause", row.id(), e);
    }
  }

  /**
   * Pauses the machine of a booting VM. This is not recorded in its row, since the conductor holds
   * its lease until it is ready; its deadline is not extended.
   */
  void hold(VmRow row) {
    machines.pause(VmWork.of(row));
    if (held.add(row.id())) {
      String text = "while it boots. " + RoomLevel.REASON + RoomLevel.RESUMED;
      LOG.warn("{}: paused {}", row.id(), text);
      events.add(FULL, row.id().value(), row.id() + " is paused " + text, clock.millis());
    }
  }

  /** Resumes a booting VM; one that an earlier daemon paused is recognized by its machine. */
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
