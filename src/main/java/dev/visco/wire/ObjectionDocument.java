package dev.visco.wire;

import dev.visco.model.Objection;
import dev.visco.model.Remedy;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An {@link Objection} in answers of the API. */
public record ObjectionDocument(
    String rule,
    String field,
    String value,
    String cause,
    String remedy,
    @Nullable String corrected) {
  /**
   * The document for one kind of caller.
   *
   * @param name gives the words for each remedy
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
