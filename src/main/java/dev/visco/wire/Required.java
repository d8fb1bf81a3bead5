package dev.visco.wire;

import dev.visco.model.Refused;
import org.jspecify.annotations.Nullable;

/** Fields that a request must have. */
public final class Required {
  private Required() {}

  /** The text of a field; refused when it is missing or empty. */
  public static String text(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw Refused.invalid(field, "", "is missing", "Send it.");
    }
    return value;
  }
}
