package dev.visco.compatible;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One connection, with the peculiarities of Firecracker's small HTTP: lines of 1,024 bytes, bodies
 * by {@code Content-Length} alone, never closed by the server, and an error that is not quite JSON,
 * after which all received bytes are dropped.
 */
final class HttpConnection {
  private static final int LINE = 1024;

  private final SocketChannel channel;
  private final Api api;
  private final Runnable answered;
  private final ShownRelease release;
  private final long bodyLimit;
  private final ByteBuffer read = ByteBuffer.allocate(LINE).flip();

  /**
   * @param bodyLimit in bytes
   * @param answered runs whenever an answer was sent
   */
  HttpConnection(
      SocketChannel channel, Api api, ShownRelease release, long bodyLimit, Runnable answered) {
    this.channel = channel;
    this.api = api;
    this.release = release;
    this.bodyLimit = bodyLimit;
    this.answered = answered;
  }

  /** A request that Firecracker cannot parse. */
  private static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message, null, false, false);
    }
  }

  /** Answers requests until the caller closes the connection. */
  void serve() throws IOException {
    while (true) {
      try {
        String line = line("The request cannot be read: a line has at most 1024 bytes.");
        if (line == null) {
          return;
        }
        if (!exchange(line)) {
          return;
        }
      } catch (Unreadable e) {
        read.clear().flip();
        String body = "{ \"error\": \"%s\nWhat stood before it and is not answered is dropped.\" }";
        send(400, body.formatted(e.getMessage()), false);
      }
    }
  }

  /** Handles one request; false when the caller closed the connection meanwhile. */
  private boolean exchange(String requestLine) throws IOException, Unreadable {
    String[] words = requestLine.split(" ", 3);
    if (words.length < 3) {
      throw new Unreadable("The request's first line cannot be read.");
    }
    checkMethod(words[0]);
    if (words[1].isEmpty()) {
      throw new Unreadable("The request's URI is empty.");
    }
    if (!List.of("HTTP/1.0", "HTTP/1.1").contains(words[2])) {
      throw new Unreadable("The request's HTTP version is neither 1.0 nor 1.1.");
    }
    var headers = new Headers();
    String line = line("");
    while (line != null && !line.isEmpty()) {
      headers.read(line);
      line = line("");
    }
    if (line == null) {
      return false;
    }
    if (headers.length > bodyLimit) {
      throw new Unreadable(
          "The body of %d bytes is longer than %d.".formatted(headers.length, bodyLimit));
    }
    if (headers.expects && headers.length > 0) {
      send(100, null, false);
    }
    byte[] body = headers.length == 0 ? null : body((int) headers.length);
    if (headers.length > 0 && body == null) {
      return false;
    }
    Api.Reply reply = api.answer(words[0], words[1], body);
    JsonValue answer = reply.answer().body();
    send(reply.answer().status(), answer == null ? null : answer.write(), reply.deprecated());
    answered.run();
    return true;
  }

  private void checkMethod(String method) throws Unreadable {
    boolean known =
        List.of("GET", "PUT", "PATCH").contains(method)
            || (method.equals("DELETE") && release.hasHotplug());
    if (!known) {
      throw new Unreadable("The request's HTTP method is not supported.");
    }
  }

  /** The headers that have an effect. */
  private static final class Headers {
    private long length;
    private boolean expects;

    void read(String line) throws Unreadable {
      int colon = line.indexOf(':');
      if (colon < 0) {
        throw new Unreadable("A header has no colon: " + line);
      }
      String value = line.substring(colon + 1);
      switch (line.substring(0, colon).strip().toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = length(value);
        case "expect" -> expects = value.strip().equals("100-continue");
        case "accept-encoding" -> checkEncoding(value);
        default -> {
          // Firecracker ignores all others.
        }
      }
    }

    private static long length(String value) throws Unreadable {
      try {
        String text = value.strip();
        long length = Long.parseLong(text);
        if (length >= 0 && length <= 0xffff_ffffL && !text.startsWith("+")) {
          return length;
        }
      } catch (NumberFormatException e) {
        // Refused below.
      }
      throw new Unreadable("A header has an invalid value. Key:Content-Length; Value:" + value);
    }

    /** Refuses a caller that does not accept unencoded answers. */
    private static void checkEncoding(String value) throws Unreadable {
      for (String each : value.split(",", -1)) {
        String encoding = each.replace(" ", "");
        if (encoding.matches("(identity|\\*);q=0(\\.0*)?")) {
          throw new Unreadable(
              "A header has an invalid value. Key:Accept-Encoding; Value:" + value.strip());
        }
      }
    }
  }

  /**
   * A line without its end; null when the caller closed the connection.
   *
   * @param tooLong the message for a line that is too long; empty to quote it as a header
   */
  private @Nullable String line(String tooLong) throws IOException, Unreadable {
    int from = read.position();
    while (true) {
      for (int at = from; at + 1 < read.limit(); at++) {
        if (read.get(at) == '\r' && read.get(at + 1) == '\n') {
          byte[] line = new byte[at - read.position()];
          read.get(line);
          read.position(at + 2);
          return decoded(line);
        }
      }
      if (read.remaining() == LINE) {
        byte[] line = new byte[LINE];
        read.get(line);
        throw new Unreadable(
            tooLong.isEmpty() ? "A header is too long. Header: " + decoded(line) : tooLong);
      }
      from = Math.max(read.limit() - 1, read.position()) - read.position();
      if (!more()) {
        return null;
      }
    }
  }

  private static String decoded(byte[] line) throws Unreadable {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      throw new Unreadable("A line is not UTF-8.");
    }
  }

  /** Moves unused bytes to the front of the buffer, and reads more. */
  private boolean more() throws IOException {
    read.compact();
    int count = channel.read(read);
    read.flip();
    return count >= 0;
  }

  private byte @Nullable [] body(int length) throws IOException {
    ByteBuffer body = ByteBuffer.allocate(length);
    while (body.hasRemaining() && read.hasRemaining()) {
      body.put(read.get());
    }
    while (body.hasRemaining()) {
      if (channel.read(body) < 0) {
        return null;
      }
    }
    return body.array();
  }

  private void send(int status, @Nullable String body, boolean deprecated) throws IOException {
    byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    var head = new StringBuilder("HTTP/1.1 ").append(status).append(" \r\n");
    head.append("Server: Firecracker API\r\nConnection: keep-alive\r\n");
    if (deprecated) {
      head.append("Deprecation: true\r\n");
    }
    if (body != null) {
      head.append("Content-Type: application/json\r\nContent-Length: ");
      head.append(bytes.length).append("\r\n");
    }
    head.append("\r\n");
    byte[] start = head.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer all = ByteBuffer.allocate(start.length + bytes.length).put(start).put(bytes).flip();
    while (all.hasRemaining()) {
      channel.write(all);
    }
  }
}
