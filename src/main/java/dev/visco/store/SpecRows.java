package dev.visco.store;

import dev.visco.model.DesiredState;
import dev.visco.model.Purpose;
import dev.visco.model.SeenRevision;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.store.VmRows.Admission;
import dev.visco.store.VmRows.Change;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes of VMs' specifications and images. Each is computed within its transaction from the row
 * as it is then, so that of two at once none is lost.
 */
public final class SpecRows {
  /** Nothing is to be done on it, and no evidence is kept for a while only. */
  private static final String ENDS_WITH_ITS_LIFE =
      "(state IN ('ready', 'paused', 'stopped', 'suspended', 'asleep', 'archived') OR (state = 'failed' AND ready IS NOT NULL))";

  private final Transactions store;
  private final String host;

  SpecRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * Records that a VM is to be rebuilt, if {@code admission} allows it. The caller holds the VM's
   * lease.
   *
   * @return the row as it is now, empty when there is no such VM
   */
  public Optional<VmRow> requestRebuild(VmId id, Change change, Admission admission, long now) {
    return store.write(sql -> {
      Optional<VmRow> found = VmRows.find(sql, host, id);
      if (found.isEmpty()) {
        return found;
      }
      VmRow row = found.get();
      SeenRevision.require(id, row.revision());
      VmRow wanted = change.of(row);
      admission.check(VmUsage.of(sql, host, row.owner(), Purpose.USER, now));
      VmEvents.add(
          sql,
          host,
          EventKind.VM_REBUILDING,
          row,
          "gets a new root disk",
          "Image " + wanted.image(),
          now);
      return Optional.of(replace(sql, row, wanted, now));
    });
  }

  /**
   * Commits a step of a rebuild, unless another daemon has begun. A VM that is to be destroyed is
   * not changed.
   *
   * @param daemon the name given to {@link VmRows#begin}
   * @return the row as it is now, empty when another daemon has begun since
   */
  public Optional<VmRow> commitRebuild(VmId id, String daemon, Change change, long now) {
    return store.write(sql -> {
      if (FactRows.find(sql, host, VmRows.CONDUCTOR).filter(daemon::equals).isEmpty()) {
        return Optional.empty();
      }
      VmRow row = VmRows.get(sql, host, id);
      if (row.desired() != DesiredState.DESTROY) {
        replace(sql, row, change.of(row), now);
      }
      return Optional.of(VmRows.get(sql, host, id));
    });
  }

  /** Writes all that a rebuild may change. */
  private VmRow replace(Sql sql, VmRow row, VmRow wanted, long now) {
    VmRows.requireNext(row, wanted.state());
    sql.update(
        "UPDATE vms SET spec = ?, image = ?, disk_mib = ?, rebuild = ?, wish = ?, state = ?, step = ?,"
            + " machine = ?, boot = ?, launched_steady = ?, expires_steady = ?, failure = ?, tries = ?,"
            + " wake_at = ?, wake_steady = ?, restarts = ?, start_steady = ?, grace = ?, changed = ?,"
            + " revision = revision + 1 WHERE id = ?",
        wanted.spec(),
        wanted.image(),
        wanted.diskMib(),
        wanted.rebuild(),
        wanted.desired().word(),
        wanted.state().word(),
        wanted.step(),
        wanted.machine(),
        wanted.boot(),
        wanted.launchedSteady(),
        wanted.expiresSteady(),
        wanted.failure(),
        wanted.tries(),
        wanted.wakeAt(),
        wanted.wakeSteady(),
        wanted.restarts(),
        wanted.startSteady(),
        wanted.grace(),
        now,
        row.id().value());
    VmRow after = VmRows.get(sql, host, row.id());
    VmEvents.changed(sql, host, row, after, null, now);
    return after;
  }

  /** The row after a change of its specification, which is an event. */
  private VmRow updated(Sql sql, VmId id, long now) {
    VmRow row = VmRows.get(sql, host, id);
    VmEvents.add(sql, host, EventKind.VM_UPDATED, row, "was changed", null, now);
    return row;
  }

  /**
   * When a VM's time ends.
   *
   * @param expires by the wall clock, in milliseconds after the epoch; null for never
   * @param boot the host's boot in which {@code steady} counts
   * @param steady in milliseconds since that boot; null for never
   */
  public record LifeEnd(@Nullable Long expires, @Nullable String boot, @Nullable Long steady) {}

  /**
   * Changes of a VM by its user, computed within the transaction.
   *
   * @param spec of the specification, as JSON
   * @param end the end by the changed specification; null where the end stays
   * @param metadata of its name and labels
   * @param admission of another size; null where that stays
   */
  public record Update(
      UnaryOperator<String> spec,
      @Nullable Function<String, LifeEnd> end,
      UnaryOperator<VmMetadata> metadata,
      SizeRows.@Nullable Admission admission) {
    /** One that leaves its size. */
    public Update(
        UnaryOperator<String> spec,
        @Nullable Function<String, LifeEnd> end,
        UnaryOperator<VmMetadata> metadata) {
      this(spec, end, metadata, null);
    }
  }

  /**
   * Changes a VM; whatever runs on it goes on. Refused when it is to have a name that another of
   * its owner's VMs has.
   *
   * @return the row as it is now, empty when there is none or it is to be destroyed
   */
  public Optional<VmRow> update(VmId id, Update update, long now) {
    return store.write(sql -> {
      Optional<VmRow> found = VmRows.find(sql, host, id);
      if (found.isEmpty() || found.get().desired() == DesiredState.DESTROY) {
        return Optional.empty();
      }
      VmRow row = found.get();
      SeenRevision.require(id, row.revision());
      String spec = update.spec().apply(row.spec());
      if (update.admission() != null) {
        SizeRows.reserve(sql, host, row, spec, update.admission(), now);
      }
      rename(sql, row, update.metadata().apply(row.metadata()));
      LifeEnd end =
          update.end() == null
              ? new LifeEnd(row.expires(), row.boot(), row.expiresSteady())
              : update.end().apply(spec);
      sql.update(
          "UPDATE vms SET spec = ?, expires = ?, boot = ?, expires_steady = ?,"
              + " wake_at = CASE WHEN "
              + ENDS_WITH_ITS_LIFE
              + " THEN ? ELSE wake_at END,"
              + " wake_steady = CASE WHEN "
              + ENDS_WITH_ITS_LIFE
              + " THEN ? ELSE wake_steady END,"
              + " changed = ?, revision = revision + 1"
              + " WHERE host = ? AND id = ?",
          spec,
          end.expires(),
          end.boot(),
          end.steady(),
          end.expires(),
          end.steady(),
          now,
          host,
          id.value());
      return Optional.of(updated(sql, id, now));
    });
  }

  private void rename(Sql sql, VmRow row, VmMetadata metadata) {
    if (metadata.equals(row.metadata())) {
      return;
    }
    String name = metadata.name() == null ? null : metadata.name().value();
    if (name != null && !name.equals(row.name())) {
      VmNameRows.requireFree(sql, host, row.owner(), name, row.id());
    }
    sql.update(
        "UPDATE vms SET name = ?, labels = ? WHERE id = ?",
        name,
        LabelText.of(metadata.labels()),
        row.id().value());
  }

  /**
   * Records that a VM was used, which is no change that anybody waits for. If its time to live
   * counts from its last use, it gets another end.
   *
   * @param now by the wall clock
   * @param idleMillis after how long without a use a VM of this specification ends; null for never
   * @param boot the host's boot; the end of a row of an earlier boot is kept by the wall clock
   *     alone
   * @param steady milliseconds since the boot
   */
  public void used(
      VmId id, long now, Function<String, @Nullable Long> idleMillis, String boot, long steady) {
    store.write(sql -> {
      Optional<String> spec = spec(sql, id);
      Long idle = spec.isEmpty() ? null : idleMillis.apply(spec.get());
      if (idle == null) {
        return sql.update(
            "UPDATE vms SET used = ? WHERE host = ? AND id = ?", now, host, id.value());
      }
      return sql.update(
          "UPDATE vms SET used = ?, expires = ?, expires_steady = CASE WHEN boot = ? THEN ? ELSE NULL END,"
              + " wake_at = CASE WHEN "
              + ENDS_WITH_ITS_LIFE
              + " THEN ? ELSE wake_at END, wake_steady = CASE WHEN "
              + ENDS_WITH_ITS_LIFE
              + " THEN CASE WHEN boot = ? THEN ? ELSE NULL END ELSE wake_steady END"
              + " WHERE host = ? AND id = ?",
          now,
          now + idle,
          boot,
          steady + idle,
          now + idle,
          boot,
          steady + idle,
          host,
          id.value());
    });
  }

  private Optional<String> spec(Sql sql, VmId id) {
    return sql.first(
        "SELECT spec FROM vms WHERE host = ? AND id = ? AND wish <> 'destroy'",
        row -> row.getString(1),
        host,
        id.value());
  }
}
