package dev.visco.wire;

import dev.visco.model.Refused;
import org.jspecify.annotations.Nullable;

/** Fields that a request must have. */
public final class Required {
  private Required() {}

  /** Its text, refused when it is missing; an empty one counts as none. */
  public static String text(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw Refused.invalid(field, "", "is missing", "Send it.");
    }
    return value;
  }
}
