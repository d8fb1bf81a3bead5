package dev.visco.verify;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a guest ended, by what its kernel last said on its console (Linux, {@code kernel/reboot.c}
 * and {@code kernel/panic.c}). A guest can print such a line without ending: that concerns itself
 * alone.
 */
public enum GuestEnd {
  POWERED_OFF("reboot: (?:Power down|System halted)"),
  REBOOTED("reboot: Restarting system"),
  PANICKED("Kernel panic - not syncing");

  /** A kernel's line, with its time or without. */
  private static final String BEGIN = "^(?:\\[ *\\d{1,9}\\.\\d{1,9}\\] )?";

  private final Pattern pattern;

  GuestEnd(String text) {
    this.pattern = Pattern.compile(BEGIN + text);
  }

  /**
   * The last one that the console tells of.
   *
   * @param tail the last lines of a console's file
   */
  public static Optional<GuestEnd> in(String tail) {
    Optional<GuestEnd> last = Optional.empty();
    for (String line : (Iterable<String>) tail.lines()::iterator) {
      for (GuestEnd end : values()) {
        if (end.pattern.matcher(line.strip()).find()) {
          last = Optional.of(end);
        }
      }
    }
    // A panic may be followed by a restart that it asks for.
    return last.filter(end -> end == REBOOTED && PANICKED.isIn(tail)).isPresent()
        ? Optional.of(PANICKED)
        : last;
  }

  /**
   * Whether a guest has powered itself off and its VMM does not know: the kernel's words are the
   * last ones. Where there is no power to switch off, a guest stands still for ever instead.
   */
  public static boolean isOff(String tail) {
    Optional<String> last =
        tail.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .reduce((earlier, later) -> later);
    return last.filter(line -> POWERED_OFF.pattern.matcher(line).find()).isPresent();
  }

  private boolean isIn(String tail) {
    return tail.lines().anyMatch(line -> pattern.matcher(line.strip()).find());
  }
}
