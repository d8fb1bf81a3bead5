package dev.visco.vmm.firecracker;

import dev.visco.host.HostFault;
import dev.visco.vmm.ControlSocket;
import dev.visco.wire.Json;
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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Firecracker's API over its unix socket. Each call has a connection of its own: it serves ten, a
 * call is rare, and nothing has to be found out about a connection that was left open. A client of
 * ours instead of Jetty's: there is nothing of HTTP in it but a status line, headers and a body of
 * known length, and a deadline that holds for the whole call. What answers may have been taken over
 * by its guest: it can take no more than a bounded time and a bounded memory.
 */
final class ApiClient {
  /** More than the largest answer: {@code GET /vm/config} with 31 drives, or an MMDS store. */
  private static final int MAX_BYTES = 1 << 20;

  private final Path socket;
  private final Duration deadline;

  /**
   * @param deadline for a whole call
   */
  ApiClient(Path socket, Duration deadline) {
    this.socket = socket;
    this.deadline = deadline;
  }

  /** What it answered: 200 with a body, 204 without, 400 with a fault's message, 503 when full. */
  record Answer(int status, JsonNode body) {
    boolean succeeded() {
      return status == 200 || status == 204;
    }

    /** Why not, in Firecracker's own words. */
    String fault() {
      return body.path("fault_message").asString("status " + status);
    }
  }

  /**
   * Asks for something.
   *
   * @throws IOException when nobody listens there (yet), or not any more
   * @throws HostFault when it refuses, says what is no HTTP, or does not answer in time
   */
  JsonNode get(String path) throws IOException {
    return checked("GET", path, null).body();
  }

  /** Sets a resource; see {@link #get} for what it throws. */
  void put(String path, Object body) throws IOException {
    checked("PUT", path, body);
  }

  /** Changes a resource; see {@link #get} for what it throws. */
  void patch(String path, Object body) throws IOException {
    checked("PATCH", path, body);
  }

  private Answer checked(String method, String path, @Nullable Object body) throws IOException {
    Answer answer = call(method, path, body);
    if (!answer.succeeded()) {
      throw new HostFault("Firecracker refused " + method + " " + path + ": " + answer.fault());
    }
    return answer;
  }

  /** One call, whatever it answers. */
  Answer call(String method, String path, @Nullable Object body) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    try (SocketChannel channel = ControlSocket.open(socket, "Firecracker", deadline, end);
        Selector selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_READ);
      var call = new Call(channel, selector, end, method + " " + path);
      call.send(request(method, path, body));
      return call.answer();
    }
  }

  private static ByteBuffer request(String method, String path, @Nullable Object body) {
    byte[] content = body == null ? new byte[0] : Json.line(body).getBytes(StandardCharsets.UTF_8);
    var head = new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\n");
    head.append("Host: localhost\r\nAccept: application/json\r\n");
    if (body != null) {
      head.append("Content-Type: application/json\r\n");
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(start.length + content.length).put(start).put(content).flip();
  }

  /** A request under way. */
  private final class Call {
    private final SocketChannel channel;
    private final Selector selector;
    private final long end;
    private final String what;
    private ByteBuffer received = ByteBuffer.allocate(4096);

    Call(SocketChannel channel, Selector selector, long end, String what) {
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

    Answer answer() throws IOException {
      int head = headEnd();
      String[] lines = head(head).split("\r\n", -1);
      int status = status(lines[0]);
      int length = contentLength(lines);
      while (received.position() < head + 4 + length) {
        fill();
      }
      String body = new String(received.array(), head + 4, length, StandardCharsets.UTF_8);
      return new Answer(status, json(body));
    }

    /** Where the empty line behind the headers begins. */
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
        throw new HostFault("Firecracker answered " + what + " with no HTTP: " + brief(line));
      }
      return Integer.parseInt(line.substring(9, 12));
    }

    private int contentLength(String[] lines) {
      for (String line : lines) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          String value = lower.substring("content-length:".length()).strip();
          if (!value.matches("\\d{1,7}") || Integer.parseInt(value) > MAX_BYTES) {
            throw new HostFault(
                "Firecracker answered " + what + " with a body of " + brief(value) + " bytes");
          }
          return Integer.parseInt(value);
        }
      }
      return 0;
    }

    private JsonNode json(String text) {
      try {
        return text.isBlank() ? Json.mapper().createObjectNode() : Json.mapper().readTree(text);
      } catch (JacksonException e) {
        throw new HostFault("Firecracker answered " + what + " with no JSON: " + brief(text), e);
      }
    }

    /** One byte is one character, so that places in the text are places in what was received. */
    private String head(int to) {
      return new String(received.array(), 0, to, StandardCharsets.ISO_8859_1);
    }

    private void fill() throws IOException {
      if (!received.hasRemaining()) {
        if (received.capacity() >= 2 * MAX_BYTES) {
          throw new HostFault("Firecracker answered " + what + " with more than it has to say");
        }
        received = ByteBuffer.allocate(received.capacity() * 4).put(received.flip());
      }
      await(SelectionKey.OP_READ);
      if (channel.read(received) < 0) {
        throw new IOException("Firecracker hung up on " + what);
      }
    }

    private void await(int operation) throws IOException {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new HostFault("Firecracker did not answer " + what + " within " + deadline);
      }
      channel.keyFor(selector).interestOps(operation);
      selector.select(millis);
      selector.selectedKeys().clear();
      if (Thread.currentThread().isInterrupted()) {
        throw new HostFault("interrupted while Firecracker was asked " + what);
      }
    }
  }

  /** Enough of it to tell what it is. */
  private static String brief(String text) {
    return text.substring(0, Math.min(text.length(), 200));
  }
}
