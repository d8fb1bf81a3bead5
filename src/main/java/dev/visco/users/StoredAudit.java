package dev.visco.users;

import dev.visco.store.AuditRow;
import dev.visco.store.AuditRows;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The audit as rows. */
public final class StoredAudit implements AuditLog {
  private final AuditRows rows;
  private final InstantSource clock;

  public StoredAudit(AuditRows rows, InstantSource clock) {
    this.rows = rows;
    this.clock = clock;
  }

  @Override
  public long begin(Attempt attempt) {
    return rows.begin(
        new AuditRow(
            0,
            clock.millis(),
            attempt.caller(),
            attempt.role(),
            attempt.owner(),
            attempt.address(),
            attempt.method(),
            attempt.route(),
            attempt.target(),
            attempt.vm(),
            null));
  }

  @Override
  public void end(long id, int status, @Nullable String owner, @Nullable String vm) {
    rows.end(id, status, owner, vm);
  }

  @Override
  public List<AuditRow> page(AuditRows.Query query, int limit, long before) {
    return rows.page(query, limit, before);
  }
}
