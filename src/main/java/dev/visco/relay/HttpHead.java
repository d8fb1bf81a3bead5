package dev.visco.relay;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads the host that an HTTP/1 request is for (RFC 9112, section 3.2). What can be read in two
 * ways is refused: two Host fields, blanks before a colon, continued lines, another host in the
 * target.
 */
final class HttpHead {
  /** The refusal of what is no HTTP/1 request. */
  static final String NO_HTTP = "no-http";

  /** The refusal of a request whose host cannot be told. */
  static final String NO_HOST = "no-host";

  private static final String SCHEME = "http://";
  private static final int MAX_METHOD = 32;

  private HttpHead() {}

  /**
   * Reads the first bytes of a connection.
   *
   * @param length how many of {@code bytes} have come
   */
  static Peek read(byte[] bytes, int length) {
    for (int at = 0; at < Math.min(length, MAX_METHOD); at++) {
      if (bytes[at] == ' ' && at > 0) {
        break;
      }
      if (bytes[at] < 'A' || bytes[at] > 'Z' || at == MAX_METHOD - 1) {
        return new Peek.Nameless(NO_HTTP);
      }
    }
    int end = end(bytes, length);
    return end < 0 ? new Peek.More() : host(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
  }

  /** Where the head ends: behind an empty line; negative when it has not come. */
  private static int end(byte[] bytes, int length) {
    for (int at = 1; at < length; at++) {
      if (bytes[at] == '\n'
          && (bytes[at - 1] == '\n' || at > 1 && bytes[at - 1] == '\r' && bytes[at - 2] == '\n')) {
        return at;
      }
    }
    return -1;
  }

  private static Peek host(String head) {
    List<String> lines = head.lines().toList();
    String[] request = lines.getFirst().split(" ", -1);
    if (request.length != 3 || !request[2].startsWith("HTTP/1.")) {
      return new Peek.Nameless(NO_HTTP);
    }
    String host = "";
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      if (line.isEmpty()) {
        continue;
      }
      if (colon < 1 || line.substring(0, colon).chars().anyMatch(one -> one <= ' ')) {
        return new Peek.Nameless(NO_HTTP);
      }
      if (line.substring(0, colon).toLowerCase(Locale.ROOT).equals("host")) {
        if (!host.isEmpty()) {
          return new Peek.Nameless(NO_HOST);
        }
        host = line.substring(colon + 1).strip();
      }
    }
    String target = request[1].toLowerCase(Locale.ROOT);
    if (target.startsWith(SCHEME) && !authority(target).equals(host.toLowerCase(Locale.ROOT))) {
      return new Peek.Nameless(NO_HOST);
    }
    return withoutPort(host)
        .flatMap(Peek::host)
        .<Peek>map(Peek.Host::new)
        .orElseGet(() -> new Peek.Nameless(NO_HOST));
  }

  private static String authority(String target) {
    int slash = target.indexOf('/', SCHEME.length());
    return target.substring(SCHEME.length(), slash < 0 ? target.length() : slash);
  }

  private static Optional<String> withoutPort(String host) {
    int colon = host.indexOf(':');
    if (colon < 0) {
      return Optional.of(host);
    }
    boolean isPort = host.substring(colon + 1).chars().allMatch(one -> one >= '0' && one <= '9');
    return isPort ? Optional.of(host.substring(0, colon)) : Optional.empty();
  }
}
