package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * When a VM whose machine has ended is started again. Whatever the policy, one that was stopped by
 * hand stays stopped, and one that ran when its host went down is started when the host is back.
 */
public enum RestartPolicy {
  /** Never. */
  NO,
  /**
   * When the guest panicked, its VMM was killed, or a start failed; not when it powered itself off.
   */
  ON_FAILURE,
  /** Whenever it ends. */
  ALWAYS;

  /** As callers and files write it: {@code on-failure}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The policy of this word; any other is refused.
   *
   * @param field where the word stands
   */
  public static RestartPolicy of(String field, String word) {
    return Arrays.stream(values())
        .filter(policy -> policy.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            Refused.invalid(
                field,
                word,
                "is no restart policy",
                "Give one of "
                    + Arrays.stream(values())
                        .map(RestartPolicy::word)
                        .collect(Collectors.joining(", "))
                    + "."));
  }

  /** What counts where nothing is said. */
  static RestartPolicy orDefault(@Nullable RestartPolicy policy) {
    return policy == null ? ON_FAILURE : policy;
  }
}
