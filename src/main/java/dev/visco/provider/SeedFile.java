package dev.visco.provider;

import dev.visco.model.Refused;
import org.jspecify.annotations.Nullable;

/**
 * A file that is put into the guest before the tool starts.
 *
 * @param path below {@code ~}, the home of whom the tool runs as
 * @param mode like 600
 * @param content up to 64 KiB
 */
public record SeedFile(String path, String mode, String content) {
  private static final int MAX_CONTENT = 64 << 10;

  public SeedFile {
    path = homePath("path", path);
    mode = ProviderText.matching("mode", mode, ProviderText.MODE, "an octal mode like 600");
    if (ProviderText.required("content", content).length() > MAX_CONTENT) {
      throw Refused.invalid(
          "content",
          content.length() + " characters",
          "are too many",
          "Give at most " + MAX_CONTENT + ".");
    }
  }

  static String homePath(String field, @Nullable String path) {
    String found =
        ProviderText.matching(
            field, path, ProviderText.PATH, "a path like ~/.tool/auth.json of plain characters");
    if (!found.startsWith("~/")) {
      throw Refused.invalid(field, found, "is not in the home", "Begin it with ~/.");
    }
    return found;
  }
}
