package dev.visco.store;

import dev.visco.model.Purpose;
import dev.visco.model.UserState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the VMs of a host and of one owner use, counted within the transaction that adds a VM.
 *
 * @param user the owner; null for a VM that no user asked for
 */
public record VmUsage(
    int vmsOfOwner, long memoryMib, int vms, List<ImageUse> images, @Nullable UserUse user) {
  public VmUsage {
    images = List.copyOf(images);
  }

  /** The time, in milliseconds, within which a user's creates are counted. */
  public static final long RATE_WINDOW = 60_000;

  /** Counts an owner's VMs, without those that Visco made for itself under the same name. */
  private static final String OWN =
      "SUM(CASE WHEN owner = ? AND purpose = 'user' THEN 1 ELSE 0 END)";

  /** The query for totals; its parameters are the owner and the host. */
  static String usage(Sql sql) {
    return "SELECT COUNT(*) AS vms,"
        + " COALESCE(SUM(CASE WHEN state IN ('suspended', 'asleep', 'archived') THEN 0 ELSE memory_mib END), 0) AS memory,"
        + " COALESCE("
        + OWN
        + ", 0) AS own"
        + VmQueries.live(sql);
  }

  /** The query for totals by image and disk size; its parameters are the owner and the host. */
  static String imageUse(Sql sql) {
    return "SELECT image, disk_mib, COUNT(*) AS vms, "
        + OWN
        + " AS own"
        + VmQueries.live(sql)
        + " GROUP BY image, disk_mib";
  }

  /**
   * What a user has and did.
   *
   * @param quota as JSON
   * @param specs of its VMs that are not destroyed, as JSON
   * @param suspended of those among them that are suspended
   * @param creates the times of its creates within the last {@link #RATE_WINDOW} ms, oldest first,
   *     including those of destroyed VMs
   */
  public record UserUse(
      UserState state,
      String quota,
      List<String> specs,
      List<String> suspended,
      List<Long> creates) {
    public UserUse {
      specs = List.copyOf(specs);
      suspended = List.copyOf(suspended);
      creates = List.copyOf(creates);
    }
  }

  /**
   * The number of VMs of an image with disks of one size, in total and of the owner.
   *
   * @param diskMib null for the image's own size
   */
  public record ImageUse(String image, @Nullable Integer diskMib, int vms, int vmsOfOwner) {}

  /** Reads what a user has; a user without a row is added. */
  private static UserUse userUse(Sql sql, String host, String owner, long now) {
    UserRow user = UserRows.getOrAdd(sql, host, owner, now);
    return new UserUse(
        user.state(),
        user.quota(),
        sql.query(
            "SELECT spec" + VmQueries.live(sql) + " AND owner = ? AND purpose = 'user'",
            row -> row.getString(1),
            host,
            owner),
        sql.query(
            "SELECT spec"
                + VmQueries.live(sql)
                + " AND owner = ? AND purpose = 'user' AND state IN ('suspended', 'asleep', 'archived')",
            row -> row.getString(1),
            host,
            owner),
        sql.query(
            "SELECT created FROM vms"
                + sql.dialect().indexedBy("vms_created")
                + " WHERE host = ? AND created > ? AND owner = ? AND purpose = 'user' ORDER BY created",
            row -> row.getLong(1),
            host,
            now - RATE_WINDOW,
            owner));
  }

  /** The usage at this time, for a change of a VM of this owner and purpose. */
  static VmUsage of(Sql sql, String host, String owner, Purpose purpose, long now) {
    UserUse user = purpose == Purpose.USER ? userUse(sql, host, owner, now) : null;
    List<ImageUse> images = sql.query(imageUse(sql), VmUsage::imageUse, owner, host);
    return sql.first(
            usage(sql),
            row ->
                new VmUsage(
                    row.getInt("own"), row.getLong("memory"), row.getInt("vms"), images, user),
            owner,
            host)
        .orElseThrow();
  }

  private static ImageUse imageUse(ResultSet row) throws SQLException {
    int mib = row.getInt("disk_mib");
    Integer disk = row.wasNull() ? null : mib;
    return new ImageUse(row.getString("image"), disk, row.getInt("vms"), row.getInt("own"));
  }
}
