package dev.visco.store;

import dev.visco.model.DesiredState;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmName;
import dev.visco.model.VmState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One VM as it is stored. Times are milliseconds after the epoch.
 *
 * @param spec as JSON
 * @param image the image's digest
 * @param step the word of the step to do next, or to undo next; one that a newer Visco knows may
 *     stand here
 * @param desired what somebody wants to become of it; read before every step
 * @param machine how to find the running machine again, as JSON
 * @param wakeAt null when the conductor has nothing to do with it, 0 when it has now, else when its
 *     time ends by the wall clock
 * @param restoring the snapshot that it is being restored from
 * @param boot the boot of the host in which the steady times were taken: milliseconds since then
 * @param launchedSteady when its machine was launched
 * @param expiresSteady when its time to live ends
 * @param wakeSteady the same end as {@code wakeAt}
 * @param restarts how often it was started again by itself since it last ran for long
 * @param startSteady it is not to be started again before this
 * @param grace milliseconds that a guest has to shut down, while it is stopping
 * @param diskMib size of its root disk in MiB; null for that of its image
 * @param rebuild its change to another image as JSON: what is being done, or why the last one
 *     failed; null for none
 * @param name null for none
 * @param labels as {@link LabelText}; null for none
 * @param used when it was used last, to the minute; null when that is not recorded
 * @param pool of a VM that waits in a pool, which requests it is for ({@link PoolRows}); {@link
 *     PoolRows#TAKEN} for one that was taken from it; null for others
 */
public record VmRow(
    VmId id,
    String owner,
    String spec,
    String image,
    VmState state,
    String step,
    DesiredState desired,
    @Nullable Integer slot,
    @Nullable String machine,
    @Nullable Long launched,
    @Nullable String failure,
    int tries,
    @Nullable Long wakeAt,
    @Nullable String restoring,
    @Nullable String boot,
    @Nullable Long launchedSteady,
    @Nullable Long expiresSteady,
    @Nullable Long wakeSteady,
    int restarts,
    @Nullable Long startSteady,
    @Nullable Long grace,
    @Nullable Integer diskMib,
    @Nullable String rebuild,
    @Nullable String name,
    @Nullable String labels,
    @Nullable Long used,
    @Nullable String pool,
    long created,
    long changed,
    @Nullable Long ready,
    @Nullable Long expires,
    long revision) {
  /** The state of this word. */
  static VmState state(String word) {
    return VmState.valueOf(word.toUpperCase(Locale.ROOT));
  }

  /** Whether it was taken from a pool. */
  public boolean isTaken() {
    return PoolRows.TAKEN.equals(pool);
  }

  /** Its name and labels. */
  public VmMetadata metadata() {
    return new VmMetadata(name == null ? null : new VmName(name), LabelText.read(labels));
  }

  static VmRow of(ResultSet row) throws SQLException {
    Long slot = Sql.longOrNull(row, "slot");
    Long diskMib = Sql.longOrNull(row, "disk_mib");
    return new VmRow(
        new VmId(row.getString("id")),
        row.getString("owner"),
        row.getString("spec"),
        row.getString("image"),
        state(row.getString("state")),
        row.getString("step"),
        DesiredState.of(row.getString("wish")),
        slot == null ? null : slot.intValue(),
        row.getString("machine"),
        Sql.longOrNull(row, "launched"),
        row.getString("failure"),
        row.getInt("tries"),
        Sql.longOrNull(row, "wake_at"),
        row.getString("restoring"),
        row.getString("boot"),
        Sql.longOrNull(row, "launched_steady"),
        Sql.longOrNull(row, "expires_steady"),
        Sql.longOrNull(row, "wake_steady"),
        row.getInt("restarts"),
        Sql.longOrNull(row, "start_steady"),
        Sql.longOrNull(row, "grace"),
        diskMib == null ? null : Math.toIntExact(diskMib),
        row.getString("rebuild"),
        row.getString("name"),
        row.getString("labels"),
        Sql.longOrNull(row, "used"),
        row.getString("pool"),
        row.getLong("created"),
        row.getLong("changed"),
        Sql.longOrNull(row, "ready"),
        Sql.longOrNull(row, "expires"),
        row.getLong("revision"));
  }
}
