package dev.visco.model;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a guest mounts a volume: an absolute path of at most 128 characters, of letters, digits and
 * {@code . _ -}. What a guest's own system lives in is refused: a volume would hide it.
 */
public record MountPath(String value) {
  private static final Pattern FORM =
      Pattern.compile("(?=.{2,128}$)(/(?!\\.\\.?(/|$))[A-Za-z0-9._-]+)+");

  /** Hidden by a volume, each of these would keep a guest from booting. */
  private static final Set<String> SYSTEM =
      Set.of("/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/sbin", "/tmp", "/usr", "/var");

  /** What a guest mounts there by itself lies over a volume, or under it. */
  private static final Pattern KERNEL = Pattern.compile("/(dev|proc|run|sys)(/.*)?");

  public MountPath {
    if (!FORM.matcher(value).matches()) {
      throw Refused.invalid(
          "path",
          value,
          "is no path that a volume can be mounted at",
          "Give an absolute path of at most 128 letters, digits and . _ -, like /data.");
    }
    if (SYSTEM.contains(value) || KERNEL.matcher(value).matches()) {
      throw Refused.invalid(
          "path",
          value,
          "belongs to the guest's own system",
          "Give a path of its own, like /data, /root or /srv/data.");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
