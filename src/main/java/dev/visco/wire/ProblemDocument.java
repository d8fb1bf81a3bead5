package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Remedy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A problem document (RFC 9457), with what to do about it.
 *
 * @param remedy what to do, with commands to type
 * @param actions the remedies as fields, by their {@code kind}; null when there are none
 * @param objections the preflight's objections, when it refused
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
    @Nullable List<ObjectionDocument> objections,
    @Nullable List<Remedy> actions) {
  /** A document without objections and actions. */
  public ProblemDocument(
      String type,
      String title,
      int status,
      String detail,
      @Nullable String remedy,
      @Nullable String field,
      @Nullable String value) {
    this(type, title, status, detail, remedy, field, value, null, null);
  }
}
