package dev.visco.commands;

import dev.visco.model.Refusal;
import dev.visco.model.Remedy;
import dev.visco.wire.ObjectionDocument;
import dev.visco.wire.ProblemDocument;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refusals as problem documents (RFC 9457), for the API and for the command line's own. */
public final class RefusalDocument {
  /** RFC 9457, 3.1.1: a type is any URI. This one names a kind and claims no web address. */
  public static final String ABOUT = "urn:visco:problem:";

  private RefusalDocument() {}

  public static ProblemDocument of(Refusal refusal) {
    return switch (refusal) {
      case Refusal.Invalid it ->
          document("invalid", "Invalid value", 400, it, it.field(), it.value());
      case Refusal.NotFound it -> document("not-found", "Not found", 404, it, null, null);
      case Refusal.Conflict it -> document("conflict", "Conflict", 409, it, null, null);
      case Refusal.KeyReused it -> document("key-reused", "Key used before", 422, it, null, null);
      case Refusal.Outdated it -> document("outdated", "Changed meanwhile", 412, it, null, null);
      case Refusal.LimitReached it ->
          document("limit-reached", "Limit reached", 429, it, it.limit(), null);
      case Refusal.NoFreeSlot it ->
          document("no-free-slot", "No free address", 503, it, null, null);
      case Refusal.CannotBoot it ->
          new ProblemDocument(
              ABOUT + "cannot-boot",
              "Cannot boot",
              422,
              it.detail(),
              RemedyCommands.of(it),
              it.objections().getFirst().field(),
              it.objections().getFirst().value(),
              it.objections().stream()
                  .map(one -> ObjectionDocument.of(one, RemedyCommands::of))
                  .toList(),
              actions(it));
      case Refusal.Unauthorized it -> document("unauthorized", "Unauthorized", 401, it, null, null);
      case Refusal.Forbidden it -> document("forbidden", "Forbidden", 403, it, null, null);
      case Refusal.TooMany it ->
          document("too-many", "Too many requests", 429, it, it.limit(), null);
      case Refusal.NotReadyYet it ->
          document("not-ready-yet", "Not ready yet", 503, it, null, null);
      case Refusal.HostLacks it ->
          document("host-lacks", "The host lacks something", 503, it, it.what(), null);
    };
  }

  private static ProblemDocument document(
      String type,
      String title,
      int status,
      Refusal refusal,
      @Nullable String field,
      @Nullable String value) {
    return new ProblemDocument(
        ABOUT + type,
        title,
        status,
        refusal.detail(),
        RemedyCommands.of(refusal),
        field,
        value,
        null,
        actions(refusal));
  }

  private static @Nullable List<Remedy> actions(Refusal refusal) {
    List<Remedy> actions = refusal.advice().remedies();
    return actions.isEmpty() ? null : actions;
  }
}
