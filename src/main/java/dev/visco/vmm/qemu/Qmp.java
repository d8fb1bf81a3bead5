package dev.visco.vmm.qemu;

import dev.visco.host.HostFault;
import dev.visco.host.OwnedSocket;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One connection to a QEMU's control socket (QEMU, {@code docs/interop/qmp-spec.rst}). Every wait
 * has a deadline. The peer may be a QEMU that its guest has taken over, so the time and memory of
 * its answers are limited.
 */
final class Qmp implements Monitor, AutoCloseable {
  /** The maximum length of an answer. */
  private static final int MAX_BYTES = 1 << 20;

  private final SocketChannel channel;
  private final Selector selector;
  private final Duration deadline;
  private ByteBuffer received = ByteBuffer.allocate(4096);

  private Qmp(SocketChannel channel, Selector selector, Duration deadline) {
    this.channel = channel;
    this.selector = selector;
    this.deadline = deadline;
  }

  /**
   * Connects and negotiates. QEMU serves one connection at a time; others wait for its greeting.
   *
   * @param deadline for the connection, and again for each answer
   * @throws IOException when nobody listens (yet, or any more)
   * @throws HostFault when the peer does not speak QMP or does not answer in time
   */
  static Qmp connect(Path socket, Duration deadline) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    SocketChannel channel = OwnedSocket.connect(socket, "QEMU", deadline, end);
    try {
      var qmp = new Qmp(channel, Selector.open(), deadline);
      try {
        qmp.negotiate(socket, end);
        return qmp;
      } catch (IOException | RuntimeException e) {
        qmp.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void negotiate(Path socket, long end) throws IOException {
    channel.register(selector, SelectionKey.OP_READ);
    JsonNode greeting = line(end);
    if (!greeting.has("QMP")) {
      throw new HostFault("no QMP greeting on " + socket + ": " + brief(greeting.toString()));
    }
    execute("qmp_capabilities");
  }

  /**
   * Runs one command and returns its result; ignores events that come meanwhile.
   *
   * @throws IOException when the connection is closed
   * @throws HostFault when it refuses, does not speak QMP, or does not answer in time
   */
  @Override
  public JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    Map<String, ?> request =
        arguments.isEmpty()
            ? Map.of("execute", command)
            : Map.of("execute", command, "arguments", arguments);
    send(Json.line(request) + "\n", end);
    while (true) {
      JsonNode answer = line(end);
      if (answer.has("return")) {
        return answer.get("return");
      }
      if (answer.has("error")) {
        throw new HostFault(
            "QEMU refused " + command + ": " + answer.get("error").path("desc").asString());
      }
      if (!answer.has("event")) {
        throw new HostFault("QEMU answered " + command + " with " + brief(answer.toString()));
      }
    }
  }

  private void send(String text, long end) throws IOException {
    ByteBuffer request = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (request.hasRemaining()) {
      if (channel.write(request) == 0) {
        await(SelectionKey.OP_WRITE, end);
      }
    }
  }

  private JsonNode line(long end) throws IOException {
    int searched = 0;
    while (true) {
      for (; searched < received.position(); searched++) {
        if (received.get(searched) == '\n') {
          return take(searched);
        }
      }
      fill(end);
    }
  }

  private JsonNode take(int end) {
    received.flip();
    byte[] line = new byte[end + 1];
    received.get(line);
    received.compact();
    String text = new String(line, StandardCharsets.UTF_8).strip();
    try {
      return Json.mapper().readTree(text);
    } catch (JacksonException e) {
      throw new HostFault("QEMU's control socket said what is no JSON: " + brief(text), e);
    }
  }

  private void fill(long end) throws IOException {
    if (!received.hasRemaining()) {
      if (received.capacity() >= MAX_BYTES) {
        throw new HostFault(
            "QEMU's control socket sent a line of more than " + MAX_BYTES + " bytes");
      }
      received = ByteBuffer.allocate(received.capacity() * 4).put(received.flip());
    }
    await(SelectionKey.OP_READ, end);
    if (channel.read(received) < 0) {
      throw new IOException("QEMU closed its control socket");
    }
  }

  private void await(int operation, long end) throws IOException {
    long millis = (end - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new HostFault("QEMU's control socket did not answer within " + deadline);
    }
    channel.keyFor(selector).interestOps(operation);
    selector.select(millis);
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new HostFault("interrupted while QEMU's control socket was asked");
    }
  }

  /** The beginning of a text, for a message. */
  private static String brief(String text) {
    return text.substring(0, Math.min(text.length(), 200));
  }

  @Override
  public void close() {
    try (channel;
        selector) {
      received.clear();
    } catch (IOException e) {
      // Nothing is lost.
    }
  }
}
