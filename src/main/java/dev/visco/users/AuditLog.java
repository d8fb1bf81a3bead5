package dev.visco.users;

import dev.visco.model.TokenRole;
import dev.visco.store.AuditRow;
import dev.visco.store.AuditRows;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The record of who did what. */
public interface AuditLog {
  /** Records nothing. */
  AuditLog NONE =
      new AuditLog() {
        @Override
        public long begin(Attempt attempt) {
          return 0;
        }

        @Override
        public void end(long id, int status, @Nullable String owner, @Nullable String vm) {}

        @Override
        public List<AuditRow> page(AuditRows.Query query, int limit, long before) {
          return List.of();
        }
      };

  /** What somebody is about to do; see {@link AuditRow}. */
  record Attempt(
      String caller,
      @Nullable TokenRole role,
      @Nullable String owner,
      String address,
      String method,
      String route,
      String target,
      @Nullable String vm) {}

  /**
   * Records an attempt before anything is done.
   *
   * @return its id
   */
  long begin(Attempt attempt);

  /**
   * Records its result.
   *
   * @param status HTTP's
   * @param owner of what it turned out to be about; null leaves what was recorded
   * @param vm the same
   */
  void end(long id, int status, @Nullable String owner, @Nullable String vm);

  /**
   * Newest first.
   *
   * @param before only those with a lower id
   */
  List<AuditRow> page(AuditRows.Query query, int limit, long before);
}
