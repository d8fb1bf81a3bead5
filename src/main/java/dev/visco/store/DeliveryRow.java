package dev.visco.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What a webhook is to be sent, and what came of it. Times are milliseconds after the epoch.
 *
 * @param event the event's id
 * @param body what is sent, always the same
 * @param state {@link #PENDING}, {@link #DELIVERED} or {@link #FAILED}
 * @param next when it is tried next, while it is pending
 * @param status of the last answer; null where there was none
 * @param error why the last try failed; null where it did not
 */
public record DeliveryRow(
    long id,
    String webhook,
    long event,
    String kind,
    String body,
    String state,
    int tries,
    long next,
    @Nullable Integer status,
    @Nullable String error,
    long changed) {
  /** It is sent at {@link #next}. */
  public static final String PENDING = "pending";

  /** Its receiver has answered with success. */
  public static final String DELIVERED = "delivered";

  /** It was tried as often as it is. */
  public static final String FAILED = "failed";

  static DeliveryRow of(ResultSet row) throws SQLException {
    Long status = Sql.longOrNull(row, "status");
    return new DeliveryRow(
        row.getLong("id"),
        row.getString("webhook"),
        row.getLong("event"),
        row.getString("kind"),
        row.getString("body"),
        row.getString("state"),
        row.getInt("tries"),
        row.getLong("next_at"),
        status == null ? null : status.intValue(),
        row.getString("error"),
        row.getLong("changed"));
  }
}
