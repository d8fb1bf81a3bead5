package dev.visco.settings;

import dev.visco.model.Durations;
import dev.visco.model.Refused;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files by which the API speaks HTTPS itself. They are read again when they change.
 *
 * @param certificate PEM: the server's certificate, then those between it and its authority's
 * @param key PEM: its private key, not encrypted; it may be the same file
 * @param hsts for how long browsers are told to come by HTTPS alone (RFC 6797); zero for not at all
 */
public record TlsFiles(Path certificate, Path key, Duration hsts) {
  private static final Path NOWHERE = Path.of("/");

  /** What the operator set; null for plain HTTP. */
  static @Nullable TlsFiles of(Map<Key, GivenSetting> given) {
    if (given.containsKey(Key.TLS_CERTIFICATE)) {
      Path certificate = file(given, Key.TLS_CERTIFICATE, NOWHERE);
      return new TlsFiles(certificate, file(given, Key.TLS_KEY, certificate), hsts(given));
    }
    for (Key other : List.of(Key.TLS_KEY, Key.TLS_HSTS)) {
      GivenSetting found = given.get(other);
      if (found != null) {
        throw Refused.invalid(
            other.path(),
            found.value(),
            found.where() + " is of no use without a certificate",
            "Set tls.certificate too, or leave it out.");
      }
    }
    return null;
  }

  private static Duration hsts(Map<Key, GivenSetting> given) {
    return SettingsReader.value(
        given, Key.TLS_HSTS, text -> Durations.of(Key.TLS_HSTS.path(), text), Duration.ZERO);
  }

  private static Path file(Map<Key, GivenSetting> given, Key key, Path standard) {
    return SettingsReader.value(
        given,
        key,
        text -> {
          if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
            throw Refused.invalid(
                key.path(), text, "is not an absolute path", "Give a path that starts with /.");
          }
          return Path.of(text).normalize();
        },
        standard);
  }

  /**
   * Where the daemon writes the certificates that it may show, for those on this host who reach it;
   * not there while it speaks plain HTTP.
   *
   * @param data the data folder
   */
  public static Path shown(Path data) {
    return data.resolve("certificate.pem");
  }
}
