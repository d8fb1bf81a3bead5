package dev.visco.api.http;

import dev.visco.host.SteadyClock;
import dev.visco.settings.Settings;
import java.time.Duration;

/**
 * Limits of requests.
 *
 * @param requests of one token ({@code api.requests-per-second})
 * @param failures requests of one address that showed nothing valid ({@code
 *     api.failures-per-minute})
 */
public record RateLimits(RateLimit requests, RateLimit failures) {
  /** A token that was idle may make the requests of so many seconds at once. */
  private static final int BURST_SECONDS = 5;

  /** Without limits. */
  public static final RateLimits NONE = new RateLimits(RateLimit.none(), RateLimit.none());

  /** As the operator set them. */
  public static RateLimits of(Settings settings, SteadyClock clock) {
    int requests = settings.apiRequestsPerSecond();
    int failures = settings.apiFailuresPerMinute();
    return new RateLimits(
        new RateLimit(requests, Duration.ofSeconds(1), requests * BURST_SECONDS, clock),
        new RateLimit(failures, Duration.ofMinutes(1), failures, clock));
  }
}
