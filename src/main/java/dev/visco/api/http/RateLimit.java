package dev.visco.api.http;

import dev.visco.host.SteadyClock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A limit of requests per key, as a bucket that holds some permits and is refilled evenly. The keys
 * that were used longest ago are forgotten when there are too many: what they have lost by then is
 * given back.
 */
public final class RateLimit {
  private static final int MAX_KEYS = 10_000;

  private final double perNano;
  private final int burst;
  private final SteadyClock clock;
  private final Map<String, PermitBucket> buckets =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, PermitBucket> eldest) {
          return size() > MAX_KEYS;
        }
      };

  /** Permits of one key as they were at a time of the clock. */
  private record PermitBucket(double permits, long at) {}

  /**
   * @param permits in this time; 0 for no limit
   * @param burst at once, at most
   */
  public RateLimit(int permits, Duration time, int burst, SteadyClock clock) {
    this.perNano = (double) permits / time.toNanos();
    this.burst = burst;
    this.clock = clock;
  }

  /** No limit. */
  static RateLimit none() {
    return new RateLimit(0, Duration.ofSeconds(1), 0, SteadyClock.ofHost());
  }

  /**
   * Takes a permit of a key.
   *
   * @return empty when there was one, else how long it takes until there is
   */
  synchronized Optional<Duration> take(String key) {
    if (perNano == 0) {
      return Optional.empty();
    }
    long now = clock.nanos();
    PermitBucket bucket = buckets.getOrDefault(key, new PermitBucket(burst, now));
    double permits = Math.min(burst, bucket.permits() + (now - bucket.at()) * perNano);
    if (permits >= 1) {
      buckets.put(key, new PermitBucket(permits - 1, now));
      return Optional.empty();
    }
    buckets.put(key, new PermitBucket(permits, now));
    return Optional.of(Duration.ofNanos((long) Math.ceil((1 - permits) / perNano)));
  }
}
