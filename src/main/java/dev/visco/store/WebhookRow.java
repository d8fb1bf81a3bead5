package dev.visco.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A webhook as it is stored.
 *
 * @param secret what its deliveries are signed with, for their receiver to know
 * @param kinds the events that it is told of, none for all
 * @param owner whose events alone it is told of, null for all
 * @param isActive false once it was disabled: it gets nothing
 * @param created milliseconds after the epoch
 */
public record WebhookRow(
    String id,
    String url,
    String secret,
    List<EventKind> kinds,
    @Nullable String owner,
    boolean isActive,
    long created) {
  static final String ACTIVE = "active";
  static final String DISABLED = "disabled";

  public WebhookRow {
    kinds = List.copyOf(kinds);
  }

  /** Which events it is told of. */
  EventRows.EventQuery query() {
    return new EventRows.EventQuery(null, owner, kinds, 0);
  }

  /** Kinds that this version does not know are left out. */
  static WebhookRow of(ResultSet row) throws SQLException {
    return new WebhookRow(
        row.getString("id"),
        row.getString("url"),
        row.getString("secret"),
        Arrays.stream(row.getString("kinds").split(",", -1))
            .map(EventKind::of)
            .flatMap(Optional::stream)
            .toList(),
        row.getString("owner"),
        row.getString("state").equals(ACTIVE),
        row.getLong("created"));
  }
}
