package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.EgressRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The egress policy of a new VM. */
final class EgressOptions {
  private static final String NAME = "--egress";

  @Option(
      names = NAME,
      paramLabel = "KEY=VALUE",
      description =
          "how its traffic leaves and where it may go, for operators: proxy=URL, password-file=FILE"
              + " (- for standard input), address=ADDRESS, allow=WHERE, deny=WHERE; may be repeated"
              + " (its user's policy)")
  private List<String> given = new ArrayList<>();

  /** The policy; null when none is given. */
  @Nullable EgressRequest policy() {
    if (given.isEmpty()) {
      return null;
    }
    return new EgressRequest(only("address"), only("proxy"), password(), all("allow"), all("deny"));
  }

  private static String key(String text) {
    int end = text.indexOf('=');
    String key = end < 0 ? text : text.substring(0, end);
    boolean isKnown = List.of("address", "proxy", "password-file", "allow", "deny").contains(key);
    if (end < 0 || !isKnown || end == text.length() - 1) {
      throw Refused.invalid(
          NAME,
          text,
          "is no KEY=VALUE of a policy",
          "Give proxy, password-file, address, allow or deny, like allow=*.example.com.");
    }
    return key;
  }

  private List<String> all(String key) {
    return given.stream()
        .filter(text -> key(text).equals(key))
        .flatMap(text -> List.of(text.substring(key.length() + 1).split(",", -1)).stream())
        .toList();
  }

  private @Nullable String only(String key) {
    List<String> found =
        given.stream()
            .filter(text -> key(text).equals(key))
            .map(text -> text.substring(key.length() + 1))
            .toList();
    if (found.size() > 1) {
      throw Refused.invalid(NAME, key, "is given twice", "Give one of them.");
    }
    return found.isEmpty() ? null : found.getFirst();
  }

  private @Nullable String password() {
    String file = only("password-file");
    return file == null ? null : firstLine(file);
  }

  /** The first line of a file, or of standard input for {@code -}. */
  static String firstLine(String file) {
    try {
      byte[] bytes =
          file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
      return new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElse("");
    } catch (IOException e) {
      throw Refused.invalid(
          "password-file", file, "cannot be read: " + e.getMessage(), "Make it readable.");
    }
  }
}
