package dev.visco.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Names as parts of the API's paths, whatever characters somebody typed. */
final class ApiPath {
  private ApiPath() {}

  /** One segment of a path (RFC 3986, 3.3), or a value of a query. */
  static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The query that names a user; empty for null. */
  static String ofUser(@Nullable String user) {
    return user == null ? "" : "?user=" + encoded(user);
  }

  /** The user that a command is for: the one that is named, else the token's own, else operator. */
  static String user(DaemonClient api, @Nullable String named) {
    return named == null
        ? api.json("GET", "/api/me", null).path("user").asString("operator")
        : named;
  }
}
