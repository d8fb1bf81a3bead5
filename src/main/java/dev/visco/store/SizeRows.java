package dev.visco.store;

import dev.visco.model.DesiredState;
import dev.visco.model.Purpose;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What VMs reserve of the host, and the sizes that they boot with. While another size is recorded
 * and not in force, the larger one is reserved.
 */
public final class SizeRows {
  private final Transactions store;
  private final String host;

  SizeRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * What a VM reserves.
   *
   * @param memoryMib what its guest and its VMM take together, in MiB
   * @param diskMib size of its root disk in MiB; null for that of its image
   */
  public record Reservation(int memoryMib, @Nullable Integer diskMib) {}

  /** Decides within the transaction what a VM is to reserve; throws to refuse. */
  public interface Admission {
    /**
     * @param spec the VM's specification as it is to be, as JSON
     * @param now what it reserves now
     * @param usage what all reserve now, this VM included
     */
    Reservation reserve(String spec, Reservation now, VmUsage usage);
  }

  /**
   * A VM's specification with another size in force.
   *
   * @param spec as JSON
   * @param text the size, for the event
   */
  public record Sized(String spec, Reservation reservation, String text) {}

  /** Records what a VM is to reserve, if {@code admission} allows it. */
  public void reserve(VmId id, Admission admission, long now) {
    store.write(sql -> {
      Optional<VmRow> row = VmRows.find(sql, host, id);
      row.ifPresent(found -> reserve(sql, host, found, found.spec(), admission, now));
      return row;
    });
  }

  /** The same within the caller's transaction. */
  static void reserve(Sql sql, String host, VmRow row, String spec, Admission admission, long now) {
    VmUsage usage = VmUsage.of(sql, host, row.owner(), Purpose.USER, now);
    write(sql, row.id(), admission.reserve(spec, reservation(sql, row.id()), usage));
  }

  private static Reservation reservation(Sql sql, VmId id) {
    return sql.first(
            "SELECT memory_mib, disk_mib FROM vms WHERE id = ?",
            row -> {
              Long disk = Sql.longOrNull(row, "disk_mib");
              return new Reservation(
                  row.getInt("memory_mib"), disk == null ? null : Math.toIntExact(disk));
            },
            id.value())
        .orElseThrow();
  }

  private static void write(Sql sql, VmId id, Reservation reservation) {
    sql.update(
        "UPDATE vms SET memory_mib = ?, disk_mib = ? WHERE id = ?",
        reservation.memoryMib(),
        reservation.diskMib(),
        id.value());
  }

  /**
   * Puts another size in force, of a VM that is about to boot. Safe to repeat.
   *
   * @param change of its specification as it is then; empty when it has that size already
   * @return the row as it is now; empty when the VM is not about to boot
   */
  public Optional<VmRow> apply(VmId id, Function<String, Optional<Sized>> change, long now) {
    return store.write(sql -> {
      Optional<VmRow> found = VmRows.find(sql, host, id);
      boolean isBooting =
          found
              .filter(row -> row.desired() != DesiredState.DESTROY)
              .filter(row -> row.state() == VmState.STARTING || row.state() == VmState.CREATING)
              .isPresent();
      if (!isBooting) {
        return Optional.empty();
      }
      Optional<Sized> sized = change.apply(found.orElseThrow().spec());
      if (sized.isEmpty()) {
        return found;
      }
      write(sql, id, sized.get().reservation());
      sql.update(
          "UPDATE vms SET spec = ?, changed = ?, revision = revision + 1 WHERE id = ?",
          sized.get().spec(),
          now,
          id.value());
      VmRow row = VmRows.get(sql, host, id);
      VmEvents.add(
          sql, host, EventKind.VM_UPDATED, row, "boots with " + sized.get().text(), null, now);
      return Optional.of(row);
    });
  }
}
