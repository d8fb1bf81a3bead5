package dev.visco.model;

import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A file that a VM is created with.
 *
 * @param path absolute, in the guest
 * @param base64 its content
 * @param mode its permissions in octal digits
 * @param owner a name or number of the guest's, also {@code USER:GROUP}
 */
public record UserDataFile(String path, String base64, String mode, String owner) {
  private static final int MAX_PATH = 1024;
  private static final Pattern MODE = Pattern.compile("[0-7]{3,4}");
  private static final Pattern OWNER =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?");

  /** File systems of the kernel: what is written there is lost, or no file at all. */
  private static final Pattern OF_KERNEL = Pattern.compile("/(proc|sys|dev)(/.*)?");

  public UserDataFile {
    boolean isPlain =
        path.startsWith("/")
            && !path.endsWith("/")
            && path.length() <= MAX_PATH
            && path.chars().noneMatch(Character::isISOControl)
            && Arrays.stream(path.substring(1).split("/", -1))
                .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
    if (!isPlain || OF_KERNEL.matcher(path).matches()) {
      throw Refused.invalid(
          "files.path",
          path,
          "is no path for a file",
          "Give an absolute path of up to "
              + MAX_PATH
              + " characters without \"..\", outside of /proc, /sys and /dev.");
    }
    Text.matching("files.mode", mode, MODE, "three or four octal digits, like 0644");
    Text.matching("files.owner", owner, OWNER, "a user of the guest, like app, 1000 or app:users");
    content(path, base64);
  }

  /** Its content. */
  public byte[] content() {
    return content(path, base64);
  }

  private static byte[] content(String path, String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // The content may be a secret, and is not repeated.
      throw Refused.invalid(
          "files.base64", path, "has a content that is no Base64", "Send RFC 4648's, on one line.");
    }
  }
}
