package dev.visco.signin.channel;

import dev.visco.session.GuestConnection;
import dev.visco.wire.Json;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * HTTP/1.1 with JSON to a server in a guest, a connection for each call. The server is foreign: the
 * time until an answer and its size are bounded. The JDK's client cannot use a connection that sshd
 * opened.
 */
final class GuestHttp implements AutoCloseable {
  /** Bytes of an answer, its headers included. */
  static final int MAX_ANSWER = 1 << 20;

  private static final int MAX_LINE = 8 << 10;
  private static final int OK = 200;
  private static final int MULTIPLE = 300;

  private final Dial dial;
  private final Set<GuestConnection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean isClosed;

  /** Opens a connection to the server. */
  interface Dial {
    GuestConnection open() throws IOException;
  }

  /** An answer that is no success. */
  static final class HttpRefused extends IOException {
    private static final long serialVersionUID = 1;

    HttpRefused(String message) {
      super(message);
    }
  }

  GuestHttp(Dial dial) {
    this.dial = dial;
  }

  JsonNode get(String path, Duration max) throws IOException {
    return call("GET", path, null, max);
  }

  /**
   * @param max null to wait until this is closed
   */
  JsonNode post(String path, Object body, @Nullable Duration max) throws IOException {
    return call("POST", path, body, max);
  }

  private JsonNode call(String verb, String path, @Nullable Object body, @Nullable Duration max)
      throws IOException {
    GuestConnection connection = dial.open();
    open.add(connection);
    Thread watch = Thread.ofVirtual().unstarted(() -> closeAfter(connection, max));
    try (connection) {
      if (isClosed) {
        throw new IOException("the login was ended");
      }
      watch.start();
      byte[] content =
          body == null ? new byte[0] : Json.line(body).getBytes(StandardCharsets.UTF_8);
      String head =
          "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/json\r\n"
              .formatted(verb, path);
      if (body != null) {
        head += "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n";
      }
      connection.output().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
      connection.output().write(content);
      connection.output().flush();
      return answer(connection.input(), path);
    } finally {
      watch.interrupt();
      open.remove(connection);
    }
  }

  private static void closeAfter(GuestConnection connection, @Nullable Duration max) {
    if (max == null) {
      return;
    }
    try {
      Thread.sleep(max);
      connection.close();
    } catch (InterruptedException _) {
      // Answered in time.
    }
  }

  private static JsonNode answer(InputStream in, String path) throws IOException {
    String[] status = line(in).split(" ", 3);
    if (status.length < 2 || !status[0].startsWith("HTTP/1.") || !status[1].matches("\\d{3}")) {
      throw new IOException("the tool's server does not speak HTTP");
    }
    long length = -1;
    boolean isChunked = false;
    int read = 0;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      read += header.length();
      if (read > MAX_ANSWER) {
        throw new IOException("the tool's server answers too much");
      }
      String name = header.toLowerCase(Locale.ROOT);
      if (name.startsWith("content-length:")) {
        length = number(name.substring(name.indexOf(':') + 1).strip(), 10);
      } else if (name.startsWith("transfer-encoding:")) {
        isChunked = name.contains("chunked");
      }
    }
    byte[] content = isChunked ? chunks(in) : content(in, length);
    int code = Integer.parseInt(status[1]);
    if (code < OK || code >= MULTIPLE) {
      throw new HttpRefused("the tool's server answered " + path + " with " + code);
    }
    try {
      return content.length == 0 ? Json.mapper().nullNode() : Json.mapper().readTree(content);
    } catch (JacksonException e) {
      throw new IOException(
          "the tool's server answered " + path + " with something else than JSON");
    }
  }

  private static byte[] content(InputStream in, long length) throws IOException {
    byte[] content = in.readNBytes((int) (length < 0 ? MAX_ANSWER + 1L : length));
    if (content.length > MAX_ANSWER) {
      throw new IOException("the tool's server answers too much");
    }
    if (length >= 0 && content.length < length) {
      throw new EOFException("the tool's server ended its answer early");
    }
    return content;
  }

  private static byte[] chunks(InputStream in) throws IOException {
    var content = new java.io.ByteArrayOutputStream();
    while (true) {
      long size = number(line(in).split(";", 2)[0].strip(), 16);
      if (content.size() + size > MAX_ANSWER) {
        throw new IOException("the tool's server answers too much");
      }
      if (size == 0) {
        return content.toByteArray();
      }
      content.write(content(in, size));
      line(in);
    }
  }

  private static long number(String text, int radix) throws IOException {
    try {
      long number = Long.parseLong(text, radix);
      if (number >= 0 && number <= MAX_ANSWER) {
        return number;
      }
    } catch (NumberFormatException _) {
      // As one that is too large.
    }
    throw new IOException("the tool's server answers too much, or no HTTP");
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the tool's server ended its answer early");
      }
      if (line.length() >= MAX_LINE) {
        throw new IOException("the tool's server answers too much");
      }
      line.append((char) next);
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void close() {
    isClosed = true;
    open.forEach(GuestConnection::close);
  }
}
