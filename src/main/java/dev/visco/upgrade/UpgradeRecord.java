package dev.visco.upgrade;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far an upgrade has come; written to its folder before each step, so that one that was cut off
 * is brought to an end by whoever comes next.
 *
 * @param from the version that was installed
 * @param to the version of the file
 * @param deadline until the new daemon must serve, from its start
 * @param flags of the command, by setting: where no service manager starts the daemon, it gets them
 * @param failure why it goes back; null while all is well
 */
public record UpgradeRecord(
    Stage stage,
    String from,
    String to,
    Instant began,
    Duration deadline,
    Map<String, String> flags,
    @Nullable String failure) {
  public UpgradeRecord {
    flags = Map.copyOf(flags);
  }

  /** What was done. */
  public enum Stage {
    /** All that is needed for the way back but the store is there; nothing was changed. */
    PREPARED,
    /** The daemon is stopped and the store copied; the program may be either one. */
    COPIED,
    /** The new program failed: program and store may each be either one. */
    GOING_BACK,
    /** The new program serves. */
    DONE,
    /** The old program serves, with the store of before. */
    WENT_BACK;

    /** Whether nothing is left to do. */
    public boolean isEnd() {
      return this == DONE || this == WENT_BACK;
    }
  }

  UpgradeRecord at(Stage next) {
    return new UpgradeRecord(next, from, to, began, deadline, flags, failure);
  }

  UpgradeRecord failed(Stage next, String why) {
    return new UpgradeRecord(next, from, to, began, deadline, flags, why);
  }
}
