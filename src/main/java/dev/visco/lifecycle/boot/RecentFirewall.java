package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootEvidence.HostFirewall;
import dev.visco.host.SteadyClock;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The host's packet rules, and when they were read: several processes are started for that, which
 * takes longer than to hand over a VM that waits.
 */
final class RecentFirewall {
  /** Twice the time after which whoever keeps VMs waiting reads them anew. */
  static final Duration MAX_AGE = Duration.ofMinutes(2);

  private final Supplier<HostFirewall> host;
  private final SteadyClock clock;
  private volatile @Nullable SeenRules last;

  private record SeenRules(HostFirewall rules, long at) {}

  /**
   * @param host reads them
   */
  RecentFirewall(Supplier<HostFirewall> host, SteadyClock clock) {
    this.host = host;
    this.clock = clock;
  }

  /** As they are now. */
  HostFirewall now() {
    long at = clock.uptimeMillis();
    HostFirewall rules = host.get();
    last = new SeenRules(rules, at);
    return rules;
  }

  /** As they were when they were read last, if that is no longer than {@link #MAX_AGE} ago. */
  HostFirewall recent() {
    SeenRules seen = last;
    return seen == null || clock.uptimeMillis() - seen.at() > MAX_AGE.toMillis()
        ? now()
        : seen.rules();
  }
}
