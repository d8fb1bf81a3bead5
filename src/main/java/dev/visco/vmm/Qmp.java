package dev.visco.vmm;

import dev.visco.host.HostFault;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
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
 * has a deadline.
 */
final class Qmp implements AutoCloseable {
  /** A line longer than this is no answer that we ever ask for. */
  private static final int MOST_BYTES = 1 << 20;

  private final SocketChannel channel;
  private final Selector selector;
  private final Duration deadline;
  private final ByteBuffer received = ByteBuffer.allocate(MOST_BYTES);

  private Qmp(SocketChannel channel, Selector selector, Duration deadline) {
    this.channel = channel;
    this.selector = selector;
    this.deadline = deadline;
  }

  /**
   * Connects and leaves the negotiation behind.
   *
   * @param deadline for each answer
   * @throws IOException when nobody listens there (yet)
   * @throws HostFault when what answers is no QMP
   */
  static Qmp connect(Path socket, Duration deadline) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      Selector selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      var qmp = new Qmp(channel, selector, deadline);
      JsonNode greeting = qmp.line(System.nanoTime() + deadline.toNanos());
      if (!greeting.has("QMP")) {
        throw new HostFault("no QMP greeting on " + socket + ": " + greeting);
      }
      qmp.execute("qmp_capabilities");
      return qmp;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Runs one command and returns what it returned; events that come meanwhile are passed over. */
  JsonNode execute(String command) throws IOException {
    ByteBuffer request =
        ByteBuffer.wrap(
            (Json.line(Map.of("execute", command)) + "\n").getBytes(StandardCharsets.UTF_8));
    while (request.hasRemaining()) {
      channel.write(request);
    }
    long end = System.nanoTime() + deadline.toNanos();
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
        throw new HostFault("QEMU answered " + command + " with " + answer);
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
      throw new HostFault(
          "QEMU's control socket said what is no JSON: "
              + text.substring(0, Math.min(text.length(), 200)),
          e);
    }
  }

  private void fill(long end) throws IOException {
    long millis = (end - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new HostFault("QEMU's control socket did not answer within " + deadline);
    }
    if (!received.hasRemaining()) {
      throw new HostFault(
          "QEMU's control socket sent a line of more than " + MOST_BYTES + " bytes");
    }
    selector.select(millis);
    selector.selectedKeys().clear();
    if (channel.read(received) < 0) {
      throw new IOException("QEMU closed its control socket");
    }
  }

  @Override
  public void close() {
    try (channel;
        selector) {
      received.clear();
    } catch (IOException e) {
      // Nothing is kept in it.
    }
  }
}
