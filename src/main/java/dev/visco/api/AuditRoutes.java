package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.model.Refused;
import dev.visco.store.AuditRow;
import dev.visco.store.AuditRows;
import dev.visco.users.AuditLog;
import dev.visco.wire.AuditDocument;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/** {@code GET /api/audit}: who did what to which VM, from where, with what result. */
public final class AuditRoutes {
  private static final int USUAL = 100;
  private final AuditLog audit;

  public AuditRoutes(AuditLog audit) {
    this.audit = audit;
  }

  public List<Route> routes() {
    return List.of(
        Route.operator("GET", "/api/audit", this::list)
            .named("listAudit", "Lists who did what, the newest first.")
            .asking(
                QueryParameter.text("user", "only of this user's things"),
                QueryParameter.text("vm", "only of this VM"),
                QueryParameter.time("since", "only from then on"))
            .inPages(AuditDocument.class, "before", "entries"));
  }

  private void list(Exchange exchange) {
    var query =
        new AuditRows.Query(
            exchange.query("user").orElse(null),
            exchange.query("vm").map(text -> exchange.vm(text).value()).orElse(null),
            exchange.query("since").map(AuditRoutes::since).orElse(0L));
    long before = exchange.number("before", Long.MAX_VALUE);
    new Page<AuditRow>("before", AuditRow::id)
        .answer(exchange, USUAL, limit -> audit.page(query, limit, before), AuditRoutes::document);
  }

  private static long since(String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw Refused.invalid(
          "since", text, "is no time", "Give one like 2026-01-31T10:00:00Z (ISO 8601).");
    }
  }

  private static AuditDocument document(AuditRow row) {
    var role = row.role();
    return new AuditDocument(
        row.id(),
        Instant.ofEpochMilli(row.at()),
        row.caller(),
        role == null ? null : role.word(),
        row.owner(),
        row.address(),
        row.method(),
        row.route(),
        row.target(),
        row.vm(),
        row.status());
  }
}
