package dev.visco.wire;

import dev.visco.model.Refused;
import org.jspecify.annotations.Nullable;

/**
 * Whether a user's VMs get a placeholder instead of their credential for a provider.
 *
 * @param used false for the credential itself
 */
public record PlaceholderRequest(@Nullable Boolean used) {
  /** The choice; refused when there is none. */
  public boolean isUsed() {
    if (used == null) {
      throw Refused.invalid("used", "", "is missing", "Give true or false.");
    }
    return used;
  }
}
