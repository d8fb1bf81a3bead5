package dev.visco.store;

import dev.visco.model.VmId;
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
 * @param step the step to do next, or to undo next
 * @param wish {@code exist} or {@code destroy}; a destroy wish is read before every step
 * @param machine how to find the running machine again, as JSON
 * @param wakeAt when the conductor looks at it next, null for never
 * @param lease the token of whoever works on it
 */
public record VmRow(
    VmId id,
    String owner,
    String spec,
    String image,
    VmState state,
    String step,
    String wish,
    @Nullable Integer slot,
    @Nullable String machine,
    @Nullable Long launched,
    @Nullable String failure,
    int tries,
    @Nullable Long wakeAt,
    @Nullable String lease,
    long created,
    long changed,
    @Nullable Long ready,
    @Nullable Long expires,
    long revision) {
  static VmRow of(ResultSet row) throws SQLException {
    Long slot = Sql.longOrNull(row, "slot");
    return new VmRow(
        new VmId(row.getString("id")),
        row.getString("owner"),
        row.getString("spec"),
        row.getString("image"),
        VmState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        row.getString("step"),
        row.getString("wish"),
        slot == null ? null : slot.intValue(),
        row.getString("machine"),
        Sql.longOrNull(row, "launched"),
        row.getString("failure"),
        row.getInt("tries"),
        Sql.longOrNull(row, "wake_at"),
        row.getString("lease"),
        row.getLong("created"),
        row.getLong("changed"),
        Sql.longOrNull(row, "ready"),
        Sql.longOrNull(row, "expires"),
        row.getLong("revision"));
  }

  public boolean isToBeDestroyed() {
    return wish.equals("destroy");
  }
}
