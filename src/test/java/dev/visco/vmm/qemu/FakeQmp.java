package dev.visco.vmm.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A QMP server that behaves as its script says: one connection at a time, as QEMU serves them, and
 * an entry of the script for each of its turns. The first turn greets, every further one answers a
 * line that it has read.
 */
final class FakeQmp implements AutoCloseable {
  static final String GREETING =
      """
      {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}
      """;
  static final String NOTHING = "{\"return\": {}}\n";

  /** The server hangs up instead of saying something. */
  static final String HANG_UP = "(hang up)";

  private final ServerSocketChannel server;
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final Thread thread;

  FakeQmp(Path socket, String... turns) throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket), 1);
    thread = Thread.ofVirtual().start(() -> serve(turns));
  }

  private void serve(String[] turns) {
    try {
      while (true) {
        try (SocketChannel connection = server.accept()) {
          serve(connection, turns);
        }
      }
    } catch (ClosedChannelException e) {
      // The test is over.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(SocketChannel connection, String[] turns) throws IOException {
    Scanner lines = new Scanner(Channels.newInputStream(connection), StandardCharsets.UTF_8);
    for (int turn = 0; turn < turns.length; turn++) {
      if (turn > 0) {
        if (!lines.hasNextLine()) {
          return;
        }
        heard.add(lines.nextLine());
      }
      if (turns[turn].equals(HANG_UP)) {
        return;
      }
      say(connection, turns[turn]);
    }
    while (lines.hasNextLine()) {
      heard.add(lines.nextLine()); // Silent until the other side goes.
    }
  }

  /** In pieces of three bytes, so that hardly a read sees a whole line. */
  private static void say(SocketChannel connection, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int piece = bytes.length > 10_000 ? bytes.length : 3;
    for (int at = 0; at < bytes.length; at += piece) {
      ByteBuffer part = ByteBuffer.wrap(bytes, at, Math.min(piece, bytes.length - at));
      try {
        while (part.hasRemaining()) {
          connection.write(part);
        }
      } catch (IOException e) {
        return; // The other side had heard enough.
      }
    }
  }

  /** Every line that came in. */
  List<String> heard() {
    return heard;
  }

  @Override
  public void close() throws IOException {
    server.close();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
