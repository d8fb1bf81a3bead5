package dev.visco.model;

import java.time.Duration;

/**
 * How many VMs of a type wait, ready, for whoever creates the next one.
 *
 * @param vms 1 to {@link #MAX}
 * @param maxAge after which one that nobody took is replaced, at least {@link #MIN_AGE}
 */
public record WarmPool(int vms, Duration maxAge) {
  /** More is taken for a mistake: each takes memory and an address. */
  public static final int MAX = 1000;

  /** The shortest time: a pool that makes new VMs all the time has none to give. */
  public static final Duration MIN_AGE = Duration.ofMinutes(10);

  /** Where a type does not say it. */
  public static final Duration DEFAULT_AGE = Duration.ofDays(1);

  /** The owner of VMs that wait, and of what they are made from. */
  public static final UserId OWNER = new UserId("visco-pool");

  public WarmPool {
    if (vms < 1 || vms > MAX) {
      throw Refused.invalid(
          "pool",
          Integer.toString(vms),
          "is no number of VMs that wait",
          "Give 1 to " + MAX + ", or leave it out.");
    }
    if (maxAge.compareTo(MIN_AGE) < 0) {
      throw Refused.invalid(
          "pool-max-age",
          Durations.text(maxAge),
          "is too short: the pool would make new VMs all the time",
          "Give " + Durations.text(MIN_AGE) + " or more.");
    }
  }
}
