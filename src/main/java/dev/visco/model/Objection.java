package dev.visco.model;

import org.jspecify.annotations.Nullable;

/**
 * Why a boot cannot work, told before anything is started.
 *
 * @param rule its name, for scripts and for {@code docs/failures.md}
 * @param field what of the request it is about
 * @param value what stands there
 * @param corrected what would have to stand there, where that can be told mechanically; empty when
 *     the value has to go
 */
public record Objection(
    String rule,
    String field,
    String value,
    String cause,
    Advice advice,
    @Nullable String corrected) {
  /** One whose advice is words alone. */
  public Objection(
      String rule,
      String field,
      String value,
      String cause,
      String remedy,
      @Nullable String corrected) {
    this(rule, field, value, cause, Advice.words(remedy), corrected);
  }

  /** What to do about it, in words that hold in whatever way somebody asked. */
  public String remedy() {
    return advice.toString();
  }
}
