package dev.visco.host;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A client for HTTP/1.1 over a unix socket, with a connection for each call. It supports a status
 * line, headers and a body of known length only; Jetty's client supports more, but no deadline from
 * the connection to the last byte of the answer. The server may have been taken over by its guest,
 * or may not be an HTTP server: time and memory of a call are limited.
 */
public final class UnixHttp {
  private final Path socket;
  private final String whose;
  private final Duration deadline;
  private final int maxBytes;

  /**
   * @param socket in a folder that belongs to the user who must be listening ({@link OwnedSocket})
   * @param whose the server's name, for messages
   * @param deadline for a whole call
   * @param maxBytes the maximum size of an answer's body; its headers may be as large
   */
  public UnixHttp(Path socket, String whose, Duration deadline, int maxBytes) {
    this.socket = socket;
    this.whose = whose;
    this.deadline = deadline;
    this.maxBytes = maxBytes;
  }

  /** An answer; without a body, {@code body} is empty. */
  public record HttpAnswer(int status, String body) {}

  /**
   * Makes one call, and returns the answer whatever its status.
   *
   * @param json the body of the request, null for none
   * @throws EOFException when the server closed the connection before its answer was complete
   * @throws IOException when nobody listens (yet, or any more)
   * @throws HostFault when the answer is not HTTP, too long, or late
   */
  public HttpAnswer call(String method, String path, @Nullable String json) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    try (SocketChannel channel = OwnedSocket.connect(socket, whose, deadline, end);
        Selector selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_READ);
      var call = new HttpCall(channel, selector, end, method + " " + path);
      call.send(request(method, path, json));
      return call.answer();
    }
  }

  private static ByteBuffer request(String method, String path, @Nullable String json) {
    byte[] content = json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8);
    var head = new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\n");
    head.append("Host: localhost\r\nAccept: application/json\r\n");
    if (json != null) {
      head.append("Content-Type: application/json\r\n");
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(start.length + content.length).put(start).put(content).flip();
  }

  /** One request and its answer. */
  private final class HttpCall {
    private final SocketChannel channel;
    private final Selector selector;
    private final long end;
    private final String what;
    private ByteBuffer received = ByteBuffer.allocate(4096);

    HttpCall(SocketChannel channel, Selector selector, long end, String what) {
      this.channel = channel;
      this.selector = selector;
      this.end = end;
      this.what = what;
    }

    void send(ByteBuffer request) throws IOException {
      while (request.hasRemaining()) {
        if (channel.write(request) == 0) {
          await(SelectionKey.OP_WRITE);
        }
      }
    }

    HttpAnswer answer() throws IOException {
      int head = headEnd();
      String[] lines = head(head).split("\r\n", -1);
      int status = status(lines[0]);
      int length = contentLength(lines);
      while (received.position() < head + 4 + length) {
        fill();
      }
      String body = new String(received.array(), head + 4, length, StandardCharsets.UTF_8);
      return new HttpAnswer(status, body);
    }

    /** The position of the empty line after the headers. */
    private int headEnd() throws IOException {
      while (true) {
        int found = head(received.position()).indexOf("\r\n\r\n");
        if (found >= 0) {
          return found;
        }
        fill();
      }
    }

    /** A reason may be empty, as in {@code HTTP/1.1 204 }. */
    private int status(String line) {
      if (!line.matches("HTTP/1\\.[01] [1-5]\\d\\d( .*)?")) {
        throw new HostFault(whose + " answered " + what + " with no HTTP: " + brief(line));
      }
      return Integer.parseInt(line.substring(9, 12));
    }

    private int contentLength(String[] lines) {
      for (String line : lines) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          String value = lower.substring("content-length:".length()).strip();
          if (!value.matches("\\d{1,7}") || Integer.parseInt(value) > maxBytes) {
            throw new HostFault(
                whose + " answered " + what + " with a body of " + brief(value) + " bytes");
          }
          return Integer.parseInt(value);
        }
      }
      return 0;
    }

    /**
     * One byte is one character, so that positions in the text are positions in the received bytes.
     */
    private String head(int to) {
      return new String(received.array(), 0, to, StandardCharsets.ISO_8859_1);
    }

    private void fill() throws IOException {
      if (!received.hasRemaining()) {
        if (received.capacity() >= 2 * maxBytes) {
          throw new HostFault(whose + " answered " + what + " with more than it has to say");
        }
        received = ByteBuffer.allocate(received.capacity() * 4).put(received.flip());
      }
      await(SelectionKey.OP_READ);
      if (channel.read(received) < 0) {
        throw new EOFException(whose + " hung up on " + what);
      }
    }

    private void await(int operation) throws IOException {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new HostFault(whose + " did not answer " + what + " within " + deadline);
      }
      channel.keyFor(selector).interestOps(operation);
      selector.select(millis);
      selector.selectedKeys().clear();
      if (Thread.currentThread().isInterrupted()) {
        throw new HostFault("interrupted while " + whose + " was asked " + what);
      }
    }
  }

  /** The beginning of a text, for a message. */
  private static String brief(String text) {
    return text.substring(0, Math.min(text.length(), 200));
  }
}
