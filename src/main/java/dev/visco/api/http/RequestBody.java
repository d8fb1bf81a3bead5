package dev.visco.api.http;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import dev.visco.wire.Required;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Reads the JSON body of a request, and checks its fields. */
public final class RequestBody {
  public static final int MAX_BYTES = 8 << 20;

  /** What JSON is sent as; the last is what curl says of {@code -d} when it is told nothing. */
  private static final Pattern JSON =
      Pattern.compile(
          "(?i)^\\s*(application/([a-z0-9.-]+\\+)?json|application/x-www-form-urlencoded)\\s*(;|$)");

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private RequestBody() {}

  /**
   * Reads the body as a record; an empty body is an empty object. A malformed one is refused with
   * the name of the field.
   */
  public static <T> T read(Request request, Class<T> type) throws IOException {
    requireReadable(request);
    byte[] bytes = bytes(request);
    if (bytes.length > MAX_BYTES) {
      throw Refused.invalid(
          "body",
          "more than " + MAX_BYTES + " bytes",
          "is too large",
          "Send at most " + MAX_BYTES + " bytes.");
    }
    int from = begin(bytes);
    try {
      T read =
          bytes.length == from
              ? Json.read("{}", type)
              : Json.read(bytes, from, bytes.length - from, type);
      if (read == null) {
        throw Refused.invalid("body", "null", "is not an object", "Send an object.");
      }
      return read;
    } catch (JacksonException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof Refused refused) {
          throw refused;
        }
      }
      throw e;
    }
  }

  /** A file on the daemon's host; null when it is left out or empty. */
  public static @Nullable Path path(String field, @Nullable String value) {
    return value == null || value.isEmpty() ? null : requiredPath(field, value);
  }

  /** The same for one that must be there. */
  public static Path requiredPath(String field, @Nullable String value) {
    try {
      return Path.of(Required.text(field, value));
    } catch (InvalidPathException e) {
      throw Refused.invalid(field, value + "", "is no path", "Give an absolute path.");
    }
  }

  /** Reads the bytes; the connector closes the connection if they do not come in time. */
  private static byte[] bytes(Request request) throws IOException {
    Optional<ApiConnector.ClientConnection> entry = ApiConnector.of(request).entry(request);
    ApiConnector.ConnectionStage before =
        entry.map(ApiConnector.ClientConnection::stage).orElse(ApiConnector.ConnectionStage.ANSWER);
    entry.ifPresent(one -> one.enter(ApiConnector.ConnectionStage.BODY));
    try (var in = Content.Source.asInputStream(request)) {
      return in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new ClientGone(e);
    } finally {
      entry.ifPresent(one -> one.enter(before));
    }
  }

  /** Refuses encodings other than plain UTF-8 (RFC 8259, 8.1). */
  private static void requireReadable(Request request) {
    String coding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
    if (coding != null && !coding.equalsIgnoreCase("identity")) {
      throw new Rejection(
          Problems.unsupported(
              "Content-Encoding", coding, "A body comes as it is: leave Content-Encoding out."));
    }
    String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    if (type != null && !JSON.matcher(type).find()) {
      throw new Rejection(
          Problems.unsupported(
              "Content-Type", type, "Send JSON, with Content-Type: application/json."));
    }
    String charset = MimeTypes.getCharsetFromContentType(type);
    if (charset != null && !isUtf8(charset)) {
      throw new Rejection(Problems.unsupported("charset", charset, "JSON is sent in UTF-8."));
    }
  }

  private static boolean isUtf8(String charset) {
    try {
      Charset known = Charset.forName(charset);
      return known.equals(StandardCharsets.UTF_8) || known.equals(StandardCharsets.US_ASCII);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return false;
    }
  }

  /** Offset of the text: a byte order mark is skipped (RFC 8259, 8.1). */
  private static int begin(byte[] bytes) {
    if (bytes.length >= 2 && isWide(bytes[0] & 255, bytes[1] & 255)) {
      throw Refused.invalid("body", "UTF-16 or UTF-32", "is not UTF-8", "JSON is sent in UTF-8.");
    }
    for (int at = 0; at < BYTE_ORDER_MARK.length; at++) {
      if (bytes.length <= at || bytes[at] != BYTE_ORDER_MARK[at]) {
        return 0;
      }
    }
    return BYTE_ORDER_MARK.length;
  }

  /**
   * Whether it begins like UTF-16 or UTF-32: with their byte order mark, or with a zero byte, since
   * JSON begins with an ASCII character.
   */
  private static boolean isWide(int first, int second) {
    return first == 0
        || second == 0
        || (first == 0xfe && second == 0xff)
        || (first == 0xff && second == 0xfe);
  }
}
