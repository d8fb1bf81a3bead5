package dev.visco.store;

import static dev.visco.store.EventKind.*;

import dev.visco.model.Purpose;
import dev.visco.model.VmState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Events about VMs, each recorded in the transaction that changes the VM's row. */
final class VmEvents {
  private VmEvents() {}

  /**
   * Records that a VM has another state; does nothing when it has the same one.
   *
   * @param reason why; null for what the row says
   */
  static void changed(
      Sql sql, String host, VmRow before, VmRow after, @Nullable String reason, long now) {
    if (before.state() != after.state()) {
      VmChange change = change(before.state(), after);
      add(
          sql,
          host,
          change.kind(),
          after,
          change.text(),
          reason == null ? why(after) : reason,
          now);
    } else if (before.isTaken() && !after.isTaken()) {
      add(sql, host, VM_STARTING, after, "boots", after.failure(), now);
    } else if (after.state() == VmState.CREATING
        && before.restoring() != null
        && after.restoring() == null) {
      add(
          sql,
          host,
          VM_STARTING,
          after,
          "boots from the disk of the snapshot " + before.restoring(),
          after.failure(),
          now);
    } else if (after.state() == VmState.STARTING
        && before.restoring() != null
        && after.restoring() == null) {
      add(
          sql,
          host,
          VM_STARTING,
          after,
          "boots from its disk and not from its memory",
          after.failure(),
          now);
    }
  }

  /** Records what happened to a VM besides its state. */
  static void add(
      Sql sql,
      String host,
      EventKind kind,
      VmRow row,
      String text,
      @Nullable String reason,
      long now) {
    EventRows.add(
        sql,
        host,
        NewEvent.of(kind, "The VM " + row.id() + " " + text + ".")
            .vm(row.id().value())
            .owner(user(sql, row))
            .because(reason),
        now);
  }

  /** Its owner; null for a VM that Visco made for itself, which no user sees. */
  private static @Nullable String user(Sql sql, VmRow row) {
    Optional<String> purpose =
        sql.first(
            "SELECT purpose FROM vms WHERE id = ?", one -> one.getString(1), row.id().value());
    return purpose.map(Purpose::of).filter(Purpose::isUsers).isPresent() ? row.owner() : null;
  }

  private record VmChange(EventKind kind, String text) {}

  private static VmChange change(VmState before, VmRow after) {
    return switch (after.state()) {
      case CREATING -> new VmChange(VM_RESTORING, "is restored from a snapshot");
      case STARTING ->
          new VmChange(
              VM_STARTING, after.restoring() == null ? "is started" : "goes on from its memory");
      case READY ->
          before == VmState.PAUSED
              ? new VmChange(VM_RESUMED, "goes on")
              : new VmChange(VM_READY, "is ready");
      case PAUSED -> new VmChange(VM_PAUSED, "is paused");
      case FAILED -> new VmChange(VM_FAILED, "has failed");
      case STOPPING -> new VmChange(VM_STOPPING, "is stopped");
      case STOPPED -> new VmChange(VM_STOPPED, "has stopped");
      case SUSPENDED -> new VmChange(VM_SUSPENDED, "is suspended");
      case ASLEEP -> new VmChange(VM_ASLEEP, "is asleep");
      case ARCHIVED -> new VmChange(VM_ARCHIVED, "is archived");
      case DESTROYING -> new VmChange(VM_DESTROYING, "is destroyed");
      case DESTROYED -> new VmChange(VM_DESTROYED, "is gone");
    };
  }

  /** What a row says about its state. */
  private static @Nullable String why(VmRow row) {
    return switch (row.state()) {
      case CREATING ->
          row.restoring() == null ? null : "From the snapshot " + row.restoring() + ".";
      case STARTING, PAUSED, FAILED, STOPPING, STOPPED, ASLEEP, ARCHIVED -> row.failure();
      case READY, SUSPENDED, DESTROYING, DESTROYED -> null;
    };
  }
}
