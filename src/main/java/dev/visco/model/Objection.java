package dev.visco.model;

import org.jspecify.annotations.Nullable;

/**
 * Why a boot cannot work, found before anything is started.
 *
 * @param rule the rule's name, as in {@code docs/failures.md}
 * @param field the field of the request that it is about
 * @param value the field's value
 * @param corrected the value that would work, if it can be computed; empty when the value has to be
 *     removed
 */
public record Objection(
    String rule,
    String field,
    String value,
    String cause,
    Advice advice,
    @Nullable String corrected) {
  /** An objection with advice of text alone. */
  public Objection(
      String rule,
      String field,
      String value,
      String cause,
      String remedy,
      @Nullable String corrected) {
    this(rule, field, value, cause, Advice.words(remedy), corrected);
  }

  /** What to do about it, in words that suit API and command line alike. */
  public String remedy() {
    return advice.toString();
  }
}
