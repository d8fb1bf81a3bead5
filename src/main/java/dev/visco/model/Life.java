package dev.visco.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a VM's life.
 *
 * @param timeToLive until its destruction, above zero; null for no limit
 * @param deadline from launch to ready, above zero; a VM that misses it has failed
 * @param restart when it is started again after its machine has ended; null, as in rows of earlier
 *     versions, for the default
 * @param from from when the time to live counts; null, as in rows of earlier versions, for its
 *     creation
 * @param sleepAfter how long nobody has to need it until it is put to sleep, at least {@link
 *     #MIN_SLEEP_AFTER}; null for never
 * @param archiveAfter how long it has to be asleep until it is archived, at least {@link
 *     #MIN_ARCHIVE_AFTER}; {@link #FOREVER} for never, null for the host's setting
 */
public record Life(
    @Nullable Duration timeToLive,
    Duration deadline,
    RestartPolicy restart,
    TtlFrom from,
    @Nullable Duration sleepAfter,
    @Nullable Duration archiveAfter) {
  /** The shortest time: a VM that sleeps and wakes all the time is of no use. */
  public static final Duration MIN_SLEEP_AFTER = Duration.ofSeconds(30);

  /** The shortest time: its memory is given up then. */
  public static final Duration MIN_ARCHIVE_AFTER = Duration.ofMinutes(1);

  /** An age that no VM comes to: a century. */
  public static final Duration FOREVER = Duration.ofDays(36_525);

  /** The word for no such time. */
  public static final String NEVER = "never";

  public Life(
      @Nullable Duration timeToLive,
      Duration deadline,
      @Nullable RestartPolicy restart,
      @Nullable TtlFrom from,
      @Nullable Duration sleepAfter,
      @Nullable Duration archiveAfter) {
    this.timeToLive = timeToLive;
    this.deadline = deadline;
    this.restart = RestartPolicy.orDefault(restart);
    this.from = TtlFrom.orDefault(from);
    this.sleepAfter = sleepAfter;
    this.archiveAfter = archiveAfter;
    checkDeadline(deadline);
    if (timeToLive != null && (timeToLive.isNegative() || timeToLive.isZero())) {
      throw Refused.invalid(
          "ttl",
          Durations.text(timeToLive),
          "is not a time to live",
          "Give a time above zero, like 2h.");
    }
    checkSleepAfter("sleepAfter", sleepAfter);
    checkArchiveAfter("archiveAfter", archiveAfter);
  }

  /** One that is archived when the host's others are. */
  public Life(
      @Nullable Duration timeToLive,
      Duration deadline,
      @Nullable RestartPolicy restart,
      @Nullable TtlFrom from,
      @Nullable Duration sleepAfter) {
    this(timeToLive, deadline, restart, from, sleepAfter, null);
  }

  /** One that never sleeps. */
  public Life(
      @Nullable Duration timeToLive,
      Duration deadline,
      @Nullable RestartPolicy restart,
      @Nullable TtlFrom from) {
    this(timeToLive, deadline, restart, from, null);
  }

  /** A time after which a VM is put to sleep as callers and files write it; null for never. */
  public static @Nullable Duration sleepAfter(String field, String text) {
    Duration time = text.equals(NEVER) ? null : Durations.of(field, text);
    checkSleepAfter(field, time);
    return time;
  }

  /**
   * A time after which a sleeping VM is archived as callers and files write it; {@link #FOREVER}
   * for never.
   */
  public static Duration archiveAfter(String field, String text) {
    Duration time = text.equals(NEVER) ? FOREVER : Durations.of(field, text);
    checkArchiveAfter(field, time);
    return time;
  }

  /** The same as they read it. */
  public static String archiveText(Duration time) {
    return time.equals(FOREVER) ? NEVER : Durations.text(time);
  }

  private static void checkArchiveAfter(String field, @Nullable Duration time) {
    if (time == null) {
      return;
    }
    if (time.compareTo(MIN_ARCHIVE_AFTER) < 0 || time.compareTo(FOREVER) > 0) {
      throw Refused.invalid(
          field,
          Durations.text(time),
          "is not between " + Durations.text(MIN_ARCHIVE_AFTER) + " and " + Durations.text(FOREVER),
          "Give another time, like 7d, or " + NEVER + ".");
    }
  }

  private static void checkSleepAfter(String field, @Nullable Duration time) {
    if (time != null && time.compareTo(MIN_SLEEP_AFTER) < 0) {
      throw Refused.invalid(
          field,
          Durations.text(time),
          "is shorter than " + Durations.text(MIN_SLEEP_AFTER),
          "Give a longer time, like 15m, or " + NEVER + ".");
    }
  }

  /** With the default restart policy. */
  public Life(@Nullable Duration timeToLive, Duration deadline) {
    this(timeToLive, deadline, null);
  }

  /** With a time to live from its creation. */
  public Life(@Nullable Duration timeToLive, Duration deadline, @Nullable RestartPolicy restart) {
    this(timeToLive, deadline, restart, null);
  }

  /** The same with at least this time from launch to ready. */
  public Life withDeadlineOf(Duration min) {
    return min.compareTo(deadline) > 0
        ? new Life(timeToLive, min, restart, from, sleepAfter, archiveAfter)
        : this;
  }

  /** After how long without a use it ends; null when it does not end so. */
  public @Nullable Duration idleTime() {
    return from == TtlFrom.USED ? timeToLive : null;
  }

  static void checkDeadline(Duration deadline) {
    if (deadline.isNegative() || deadline.isZero()) {
      throw Refused.invalid(
          "deadline",
          Durations.text(deadline),
          "is not after the launch",
          "Give a time above zero, like 120s.");
    }
  }
}
