package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What has happened to files of a guest, in answers of the API.
 *
 * @param type {@value #WATCHING}, {@value #CREATED}, {@value #CHANGED}, {@value #RENAMED}, {@value
 *     #REMOVED} or {@value #ERROR}
 * @param path of the file, absolute; a byte that is no UTF-8 is shown as U+FFFD
 * @param pathBase64 the path's bytes, where they are no UTF-8
 * @param from the path that it had, as {@code path}
 * @param kind {@code file}, {@code folder}, {@code link} or {@code other}
 * @param mode permissions in octal, like {@code 0644}
 * @param by with {@value #WATCHING}: {@code inotify}, or {@code poll} for a look every second
 * @param entries with {@value #WATCHING}: how many files and folders there are
 * @param detail with {@value #ERROR}: why nothing more is told
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FileEvent(
    String type,
    String path,
    byte @Nullable [] pathBase64,
    @Nullable String from,
    @Nullable String kind,
    @Nullable Long size,
    @Nullable String mode,
    @Nullable Instant modified,
    @Nullable String by,
    @Nullable Integer entries,
    @Nullable String detail) {
  /** The first event: from now on what happens is told. */
  public static final String WATCHING = "watching";

  public static final String CREATED = "created";

  /** Its content, permissions, owner or times. */
  public static final String CHANGED = "changed";

  public static final String RENAMED = "renamed";
  public static final String REMOVED = "removed";

  /** The last event, where the client has not left. */
  public static final String ERROR = "error";

  /** The first event. */
  public static FileEvent watching(String path, String by, int entries) {
    return new FileEvent(WATCHING, path, null, null, null, null, null, null, by, entries, null);
  }

  /** The last event. */
  public static FileEvent error(String path, String detail) {
    return new FileEvent(ERROR, path, null, null, null, null, null, null, null, null, detail);
  }
}
