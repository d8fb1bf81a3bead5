package dev.visco.store;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of VMs' rows, a page at a time. */
public final class VmPages {
  private final Transactions store;
  private final String host;

  VmPages(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * One page, newest first.
   *
   * @param limit the maximum number
   * @param before the last one of the previous page; null for the first page. Refused when its row
   *     was removed.
   */
  public List<VmRow> page(VmFilter filter, int limit, @Nullable VmId before) {
    return store.read(sql -> {
      var text = new StringBuilder(VmQueries.all(sql, filter.hasDestroyed()));
      var values = new ArrayList<@Nullable Object>(List.of(host));
      where(sql, filter, text, values);
      if (before != null) {
        long created = cursor(sql, before, filter.user());
        text.append(" AND created <= ? AND (created < ? OR id > ?)");
        values.addAll(List.of(created, created, before.value()));
      }
      values.add(limit);
      return sql.query(text + " ORDER BY created DESC, id LIMIT ?", VmRow::of, values.toArray());
    });
  }

  private static void where(
      Sql sql, VmFilter filter, StringBuilder text, ArrayList<@Nullable Object> values) {
    if (filter.user() != null) {
      text.append(" AND owner = ? AND purpose = 'user'");
      values.add(filter.user());
    }
    if (filter.type() != null) {
      text.append(" AND " + sql.dialect().field("spec", "type") + " = ?");
      values.add(filter.type());
    }
    if (filter.name() != null) {
      text.append(" AND name = ?");
      values.add(filter.name());
    }
    if (!filter.states().isEmpty()) {
      int states = filter.states().size();
      text.append(" AND state IN (" + String.join(", ", Collections.nCopies(states, "?")) + ")");
      filter.states().stream().map(VmState::word).forEach(values::add);
    }
    LabelText.where(filter.labels(), text, values);
  }

  private long cursor(Sql sql, VmId before, @Nullable String owner) {
    return sql.first(
            "SELECT created FROM vms WHERE host = ? AND id = ?"
                + (owner == null ? "" : " AND owner = ? AND purpose = 'user'"),
            row -> row.getLong(1),
            owner == null
                ? new Object[] {host, before.value()}
                : new Object[] {host, before.value(), owner})
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound("VM", before.value(), "Ask for the first page again.")));
  }
}
