package dev.visco.vmm.release;

import dev.visco.host.HostFault;
import dev.visco.host.OwnedSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks an API of which nothing is known yet, one question a connection, whatever it answers: never
 * longer than its deadline, never more than a few kilobytes.
 */
final class ProbeSocket {
  private static final int MAX_BYTES = 64 << 10;
  private static final Pattern ANSWER =
      Pattern.compile("HTTP/1\\.[01] (\\d{3})[^\r\n]*\r\n(.*?)\r\n\r\n(.*)", Pattern.DOTALL);
  private static final Pattern LENGTH =
      Pattern.compile("content-length: *(\\d{1,6})", Pattern.CASE_INSENSITIVE);

  private ProbeSocket() {}

  /**
   * The body of the answer to {@code GET path}.
   *
   * @throws IOException when nobody listens there (yet)
   * @throws HostFault when it does not answer in time, or with anything but 200
   */
  static String get(Path socket, String path, Duration deadline) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    try (var selector = Selector.open();
        var channel = OwnedSocket.connect(socket)) {
      channel.write(
          StandardCharsets.US_ASCII.encode(
              "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"));
      channel.register(selector, SelectionKey.OP_READ);
      return answer(channel, selector, path, end);
    }
  }

  private static String answer(SocketChannel channel, Selector selector, String path, long end)
      throws IOException {
    var received = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (true) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new HostFault("GET " + path + " got no whole answer in time");
      }
      selector.select(left);
      selector.selectedKeys().clear();
      int count = channel.read(buffer.clear());
      received.write(buffer.array(), 0, Math.max(count, 0));
      Matcher answer = ANSWER.matcher(received.toString(StandardCharsets.UTF_8));
      if (answer.matches() && isWhole(answer)) {
        if (!answer.group(1).equals("200")) {
          throw new HostFault("GET " + path + " was answered with " + answer.group(1));
        }
        return answer.group(3);
      }
      if (count < 0 || received.size() > MAX_BYTES) {
        throw new HostFault("GET " + path + " got an answer that is no HTTP");
      }
    }
  }

  private static boolean isWhole(Matcher answer) {
    Matcher length = LENGTH.matcher(answer.group(2));
    return length.find()
        && answer.group(3).getBytes(StandardCharsets.UTF_8).length
            >= Integer.parseInt(length.group(1));
  }
}
