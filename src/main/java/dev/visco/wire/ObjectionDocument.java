package dev.visco.wire;

import dev.visco.model.Objection;
import dev.visco.model.Remedy;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An {@link Objection} as callers see it. */
public record ObjectionDocument(
    String rule,
    String field,
    String value,
    String cause,
    String remedy,
    @Nullable String corrected) {
  /**
   * As this caller is told.
   *
   * @param name what the caller knows each remedy by
   */
  public static ObjectionDocument of(Objection objection, Function<Remedy, String> name) {
    return new ObjectionDocument(
        objection.rule(),
        objection.field(),
        objection.value(),
        objection.cause(),
        objection.advice().text(name),
        objection.corrected());
  }
}
