package dev.visco.session;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Looks at a guest's files again and again, over one channel, by a POSIX shell with {@code find}:
 * GNU's tells times to the nanosecond, so that no change between two looks is missed; a busybox's
 * with {@code stat} tells seconds, and is slower. Where the guest has inotifywait (inotify-tools)
 * it looks again as soon as something happens, else once a second; in either case it spends at most
 * a tenth of the time on looking.
 */
public final class FileScan {
  /** The exit code where the guest has neither. */
  public static final int NO_FIND = 64;

  /**
   * Arguments: path, depth. Of each look, for each entry: its fields on a line, its path, a null
   * byte; and at last a dot, how it learns of changes, a null byte.
   */
  static final String SCRIPT =
      """
      if find / -maxdepth 0 -printf '' 2>/dev/null; then
        look() { find "$1" -maxdepth "$2" -printf '%s %T@ %C@ %D:%i %m %U %G %y\\n%p\\0'; }
      elif stat -c %i / >/dev/null 2>&1 && find / -maxdepth 0 -print0 >/dev/null 2>&1; then
        look() {
          find "$1" -maxdepth "$2" -exec stat -c '%s %Y %Z %d:%i %a %u %g %F' {} \\; -print0
        }
      else
        exit 64
      fi
      by=poll
      ! command -v inotifywait >/dev/null 2>&1 || by=inotify
      deep=-r
      [ "$2" != 1 ] || deep=
      now() { read -r up rest </proc/uptime && up=${up%.*}${up#*.}; }
      while :; do
        now
        began=$up
        look "$1" "$2" 2>/dev/null
        printf '. %s\\0' "$by" || exit
        now
        took=$((up - began))
        [ "$took" -le 10 ] || sleep $((took * 9 / 100))
        if [ "$by" = inotify ]; then
          inotifywait -qq $deep -t 2 -e create,delete,modify,move,attrib,delete_self,move_self \\
            -- "$1" </dev/null >/dev/null 2>&1 || [ $? = 2 ] || sleep 1
        else
          sleep 1
        fi
      done
      """;

  private FileScan() {}

  /**
   * Starts it.
   *
   * @param path absolute
   * @param isDeep whether with all that is in its folders
   * @param output to which the looks are written; a slow one holds up the next look
   */
  public static GuestSession.GuestProcess start(
      GuestSession session, String path, boolean isDeep, OutputStream output) throws IOException {
    return session.start(
        GuestCommand.of(List.of("sh", "-c", SCRIPT, "sh", path, isDeep ? "1000" : "1")),
        output,
        OutputStream.nullOutputStream());
  }
}
