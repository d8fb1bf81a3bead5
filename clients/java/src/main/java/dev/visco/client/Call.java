package dev.visco.client;

import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** A call, as the description of the API has it. */
final class Call {
  private final String method;
  private final StringBuilder path;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private BodyPublisher body = BodyPublishers.noBody();
  private boolean isSafe;
  private Set<Integer> accepted = Set.of();

  private Call(String method, String path) {
    this.method = method;
    this.path = new StringBuilder(path);
    this.isSafe = method.equals("GET");
  }

  /**
   * @param path with {@code %s} for each part
   */
  static Call of(String method, String path, String... parts) {
    var encoded = new Object[parts.length];
    for (int at = 0; at < parts.length; at++) {
      encoded[at] = encoded(parts[at]).replace("+", "%20");
    }
    return new Call(method, String.format(path, encoded));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** The same for another page. */
  Call page(String cursor) {
    var other = new Call(method, path.toString());
    other.headers.putAll(headers);
    return cursor == null ? other : other.query("cursor", cursor);
  }

  /** Adds a parameter, unless it is null. */
  Call query(String name, Object value) {
    if (value != null) {
      path.append(path.indexOf("?") < 0 ? '?' : '&').append(name).append('=');
      path.append(encoded(value.toString()));
    }
    return this;
  }

  /** Adds a header, unless it is null. */
  Call header(String name, String value) {
    if (value != null) {
      headers.put(name, value);
    }
    return this;
  }

  /** Adds the key by which it may be sent again, one of its own for null. */
  Call key(String name, String value) {
    isSafe = true;
    return header(name, value == null ? UUID.randomUUID().toString() : value);
  }

  /** Sends a document. */
  Call json(Object document) {
    header("Content-Type", "application/json");
    body = BodyPublishers.ofString(Json.write(Records.json(document)));
    return this;
  }

  /** Sends bytes. */
  Call content(String type, BodyPublisher bytes) {
    header("Content-Type", type);
    body = bytes;
    return this;
  }

  /** Takes these statuses for no failure. */
  Call accepting(Integer... statuses) {
    accepted = Set.of(statuses);
    return this;
  }

  String method() {
    return method;
  }

  String target() {
    return path.toString();
  }

  Map<String, String> headers() {
    return headers;
  }

  BodyPublisher body() {
    return body;
  }

  /** Whether its body can be sent again. */
  boolean isWhole() {
    return body.contentLength() >= 0;
  }

  /** Whether it may be sent again, although nobody knows what came of it. */
  boolean isSafe() {
    return isSafe && isWhole();
  }

  boolean accepts(int status) {
    return status < 300 || accepted.contains(status);
  }
}
