package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Objection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A problem document (RFC 9457), with what to do about it.
 *
 * @param objections of the preflight, where that is what refuses
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProblemDocument(
    String type,
    String title,
    int status,
    String detail,
    @Nullable String remedy,
    @Nullable String field,
    @Nullable String value,
    @Nullable List<Objection> objections) {
  /** Without objections. */
  public ProblemDocument(
      String type,
      String title,
      int status,
      String detail,
      @Nullable String remedy,
      @Nullable String field,
      @Nullable String value) {
    this(type, title, status, detail, remedy, field, value, null);
  }
}
