package dev.visco.events;

import dev.visco.store.EventRow;
import dev.visco.wire.EventDocument;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Events as their readers see them. */
public final class EventDocuments {
  /** Stands for the names of operators' tokens, which are not for users. */
  static final String OPERATOR = "operator";

  private EventDocuments() {}

  /**
   * An event for one reader.
   *
   * @param user the reader; null for an operator, who sees the names of all tokens
   */
  public static EventDocument of(EventRow row, @Nullable String user) {
    String caller = row.caller();
    boolean isHidden = caller != null && user != null && !user.equals(row.callerOwner());
    return new EventDocument(
        row.id(),
        Instant.ofEpochMilli(row.at()),
        row.kind(),
        row.vm(),
        row.owner(),
        row.subject(),
        isHidden ? OPERATOR : caller,
        row.reason(),
        row.text());
  }
}
