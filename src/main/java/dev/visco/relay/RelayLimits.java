package dev.visco.relay;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * What relays may take of the host.
 *
 * @param connections of one guest at a time
 * @param all places for the connections of all guests; each takes two threads and 32 KiB
 * @param hello how long the first bytes of a connection may take, where they are looked at
 */
public record RelayLimits(int connections, Semaphore all, Duration hello) {
  /** Those of a daemon. */
  public static RelayLimits ofDaemon() {
    return new RelayLimits(256, new Semaphore(1024), Duration.ofSeconds(10));
  }
}
