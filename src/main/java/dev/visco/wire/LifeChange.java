package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Durations;
import dev.visco.model.Life;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.TtlFrom;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code PATCH /api/vms/ID}. What is null stays as it is.
 *
 * @param ttl its time to live from now on, like {@code 2h}, or {@value #NEVER}
 * @param restart its restart policy
 * @param ttlFrom from when the time to live counts, {@code created} or {@code used}; it begins anew
 *     now
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LifeChange(@Nullable String ttl, @Nullable String restart, @Nullable String ttlFrom) {
  /** For a VM that nobody but its users destroys. */
  public static final String NEVER = "none";

  /** Without a change of what the time to live counts from. */
  public LifeChange(@Nullable String ttl, @Nullable String restart) {
    this(ttl, restart, null);
  }

  /** The same life with these changes; refused when nothing is to be changed. */
  public Life of(Life life) {
    if (ttl == null && restart == null && ttlFrom == null) {
      throw Refused.invalid("body", "{}", "changes nothing", "Give ttl, ttlFrom or restart.");
    }
    Duration timeToLive = ttl == null ? life.timeToLive() : timeToLive(ttl);
    return new Life(
        timeToLive,
        life.deadline(),
        restart == null ? life.restart() : RestartPolicy.of("restart", restart),
        ttlFrom == null ? life.from() : from(ttlFrom, timeToLive));
  }

  /** Whether the VM gets another end. */
  public boolean hasEnd() {
    return ttl != null || ttlFrom != null;
  }

  /** From when a time to live counts; refused when there is none. */
  static TtlFrom from(String text, @Nullable Duration timeToLive) {
    TtlFrom from = TtlFrom.of("ttlFrom", text);
    if (timeToLive == null) {
      throw Refused.invalid(
          "ttlFrom", text, "has no time to live to count", "Give ttl too, or leave it out.");
    }
    return from;
  }

  private static @Nullable Duration timeToLive(String text) {
    return text.equals(NEVER) ? null : Durations.of("ttl", text);
  }
}
