package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Durations;
import dev.visco.model.Life;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code PATCH /api/vms/ID}. What is null stays as it is.
 *
 * @param ttl its time to live from now on, like {@code 2h}, or {@value #NEVER}
 * @param restart its restart policy
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LifeChange(@Nullable String ttl, @Nullable String restart) {
  /** For a VM that nobody but its users destroys. */
  public static final String NEVER = "none";

  /** The same life with these changes; refused when nothing is to be changed. */
  public Life of(Life life) {
    if (ttl == null && restart == null) {
      throw Refused.invalid("body", "{}", "changes nothing", "Give ttl, restart or both.");
    }
    return new Life(
        ttl == null ? life.timeToLive() : timeToLive(ttl),
        life.deadline(),
        restart == null ? life.restart() : RestartPolicy.of("restart", restart));
  }

  /** Whether the VM gets another end. */
  public boolean hasEnd() {
    return ttl != null;
  }

  private static @Nullable Duration timeToLive(String text) {
    return text.equals(NEVER) ? null : Durations.of("ttl", text);
  }
}
