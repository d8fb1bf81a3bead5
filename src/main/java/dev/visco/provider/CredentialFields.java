package dev.visco.provider;

import dev.visco.provider.ProviderCredential.CredentialFile;
import dev.visco.provider.ProviderCredential.ExpiryField;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Fields of files with credentials. What is told of them never holds a value. */
public final class CredentialFields {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();

  private CredentialFields() {}

  /** Why a file is no credential: it is not of its form, or a field is missing or empty. */
  public static Optional<String> problem(CredentialFile file, byte[] content) {
    if (content.length == 0) {
      return Optional.of("The file " + file.path() + " is empty.");
    }
    for (String field : file.fields()) {
      List<String> found;
      try {
        found = values(file, field, content);
      } catch (JacksonException e) {
        return Optional.of("The file " + file.path() + " is not " + file.format().word() + ".");
      }
      if (found.stream().allMatch(String::isBlank)) {
        return Optional.of("The file " + file.path() + " has nothing at " + field + ".");
      }
    }
    return Optional.empty();
  }

  /**
   * When a tool has to refresh it, milliseconds after the epoch; null when it does not say, or
   * cannot be read. Of several times it is the first.
   */
  public static @Nullable Long expires(CredentialFile file, byte[] content) {
    ExpiryField expiry = file.expiry();
    if (expiry == null) {
      return null;
    }
    try {
      return values(file, expiry.field(), content).stream()
          .map(text -> millis(expiry.unit(), text))
          .flatMap(Optional::stream)
          .min(Long::compare)
          .orElse(null);
    } catch (JacksonException e) {
      return null;
    }
  }

  /** The first value of a field that is not empty; empty where there is none. */
  public static Optional<String> value(CredentialFile file, String pointer, byte[] content) {
    try {
      return values(file, pointer, content).stream().filter(text -> !text.isBlank()).findFirst();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private static List<String> values(CredentialFile file, String pointer, byte[] content) {
    String[] keys = pointer.substring(1).split("/", -1);
    return switch (file.format()) {
      case JSON -> {
        var found = new ArrayList<String>();
        collect(JSON.readTree(content), keys, 0, found);
        yield found;
      }
      case YAML -> YamlScan.values(new String(content, StandardCharsets.UTF_8), keys);
      case OPAQUE -> List.of();
    };
  }

  private static void collect(JsonNode node, String[] keys, int depth, List<String> found) {
    if (depth == keys.length) {
      if (node.isValueNode() && !node.isNull()) {
        found.add(node.asString());
      }
      return;
    }
    if (keys[depth].equals("*")) {
      node.forEach(child -> collect(child, keys, depth + 1, found));
    } else {
      collect(node.path(keys[depth]), keys, depth + 1, found);
    }
  }

  private static Optional<Long> millis(ExpiryUnit unit, String text) {
    try {
      return Optional.of(
          switch (unit) {
            case SECONDS -> Math.multiplyExact(Long.parseLong(text), 1000L);
            case MILLISECONDS -> Long.parseLong(text);
            case ISO8601 -> Instant.parse(text).toEpochMilli();
            case JWT -> Math.multiplyExact(claim(text), 1000L);
          });
    } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
      return Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** The claim {@code exp} in the second part of a token. */
  private static long claim(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length < 2) {
      throw new IllegalArgumentException("no token");
    }
    JsonNode exp = JSON.readTree(Base64.getUrlDecoder().decode(parts[1])).path("exp");
    if (!exp.isNumber()) {
      throw new IllegalArgumentException("no time");
    }
    return exp.longValue();
  }
}
