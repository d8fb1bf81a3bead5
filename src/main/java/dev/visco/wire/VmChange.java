package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.visco.model.Durations;
import dev.visco.model.Life;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.TtlFrom;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmName;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code PATCH /api/vms/ID}. What is null stays as it is.
 *
 * @param ttl its time to live from now on, like {@code 2h}, or {@value #NEVER}
 * @param restart its restart policy
 * @param ttlFrom from when the time to live counts, {@code created} or {@code used}; it begins anew
 *     now
 * @param name another name; an empty text takes its name away
 * @param labels labels that it gets; one whose value is null it loses, and others stay
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmChange(
    @Nullable String ttl,
    @Nullable String restart,
    @Nullable String ttlFrom,
    @Nullable String name,
    @JsonInclude(value = JsonInclude.Include.NON_NULL, content = JsonInclude.Include.ALWAYS)
        @JsonSetter(contentNulls = Nulls.SET)
        @Nullable Map<String, @Nullable String> labels) {
  /** For a VM that nobody but its users destroys. */
  public static final String NEVER = "none";

  /** Without a change of what the VM is called. */
  public static VmChange ofLife(
      @Nullable String ttl, @Nullable String restart, @Nullable String ttlFrom) {
    return new VmChange(ttl, restart, ttlFrom, null, null);
  }

  /** Without a change of its life. */
  public static VmChange ofMetadata(
      @Nullable String name, @Nullable Map<String, @Nullable String> labels) {
    return new VmChange(null, null, null, name, labels);
  }

  /** Refuses a change of nothing. */
  public void requireAny() {
    if (ttl == null && restart == null && ttlFrom == null && name == null && labels == null) {
      throw Refused.invalid(
          "body", "{}", "changes nothing", "Give name, labels, ttl, ttlFrom or restart.");
    }
  }

  /** The same life with these changes. */
  public Life of(Life life) {
    Duration timeToLive = ttl == null ? life.timeToLive() : timeToLive(ttl);
    return new Life(
        timeToLive,
        life.deadline(),
        restart == null ? life.restart() : RestartPolicy.of("restart", restart),
        ttlFrom == null ? life.from() : from(ttlFrom, timeToLive));
  }

  /** The same name and labels with these changes. */
  public VmMetadata of(VmMetadata metadata) {
    VmName wanted = name == null ? metadata.name() : name.isEmpty() ? null : new VmName(name);
    return new VmMetadata(
        wanted, labels == null ? metadata.labels() : metadata.labels().with(labels));
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
