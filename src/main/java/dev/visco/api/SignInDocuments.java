package dev.visco.api;

import dev.visco.store.SignInEventRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInState;
import dev.visco.wire.SignInDocument;
import dev.visco.wire.SignInEvent;
import java.time.Instant;

/** Sign-ins in answers of the API. */
final class SignInDocuments {
  private static final String CODE = "code";

  private SignInDocuments() {}

  static SignInDocument of(SignInRow row) {
    Long ended = row.ended();
    return new SignInDocument(
        row.id(),
        row.owner().value(),
        row.provider(),
        row.name(),
        row.method(),
        row.isElsewhere(),
        row.state().word(),
        row.isActive(),
        row.holder().word(),
        row.caller(),
        row.vm() == null ? null : row.vm().value(),
        row.link(),
        row.pasteLink(),
        row.code(),
        row.port(),
        null,
        row.problem(),
        row.credential(),
        row.version(),
        Instant.ofEpochMilli(row.created()),
        Instant.ofEpochMilli(row.changed()),
        Instant.ofEpochMilli(row.deadline()),
        ended == null ? null : Instant.ofEpochMilli(ended));
  }

  /** With what its row has now: links and codes are in no event that is stored. */
  static SignInEvent of(SignInEventRow event, SignInRow row) {
    boolean isWaiting = event.kind().equals(SignInState.WAITING.word());
    boolean isShown = isWaiting || event.kind().equals(CODE);
    return new SignInEvent(
        event.number(),
        Instant.ofEpochMilli(event.at()),
        event.kind(),
        event.text(),
        event.caller(),
        isShown ? row.link() : null,
        isShown ? row.pasteLink() : null,
        isShown ? row.code() : null,
        isWaiting ? row.port() : null,
        isLast(event, row) ? true : null);
  }

  private static boolean isLast(SignInEventRow event, SignInRow row) {
    return !row.isActive()
        && Long.valueOf(event.at()).equals(row.ended())
        && event.kind().equals(row.state().word());
  }
}
