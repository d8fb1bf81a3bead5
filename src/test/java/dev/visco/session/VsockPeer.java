package dev.visco.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A VMM's end of a guest's vsock: a unix socket that takes {@code CONNECT PORT} and joins it to a
 * port of loopback, or does something else.
 */
final class VsockPeer implements AutoCloseable {
  private final ServerSocketChannel server;
  private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

  /** What was asked, a line for each connection. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /** What is done with a connection once its line was read. */
  interface Behaviour {
    void serve(SocketChannel channel, OutputStream out) throws Exception;
  }

  VsockPeer(Path socket, Behaviour behaviour) {
    try {
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().start(() -> accept(behaviour));
  }

  /** As a VMM whose guest has an sshd on this port of loopback. */
  static VsockPeer joining(Path socket, VsockPeer[] self, int port) {
    var peer =
        new VsockPeer(
            socket,
            (channel, out) -> {
              var guest = new Socket(InetAddress.getLoopbackAddress(), port);
              self[0].open.add(guest);
              out.write("OK 1073741824\n".getBytes(StandardCharsets.US_ASCII));
              Thread.ofPlatform()
                  .daemon()
                  .start(() -> copy(Channels.newInputStream(channel), guest, channel, true));
              copy(null, guest, channel, false);
            });
    self[0] = peer;
    return peer;
  }

  private static void copy(
      @org.jspecify.annotations.Nullable InputStream from,
      Socket guest,
      SocketChannel channel,
      boolean isToGuest) {
    try (guest;
        channel) {
      if (isToGuest && from != null) {
        from.transferTo(guest.getOutputStream());
      } else {
        guest.getInputStream().transferTo(Channels.newOutputStream(channel));
      }
    } catch (IOException e) {
      // One of the two has closed.
    }
  }

  private void accept(Behaviour behaviour) {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        open.add(channel);
        Thread.ofPlatform().daemon().start(() -> serve(channel, behaviour));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(SocketChannel channel, Behaviour behaviour) {
    try {
      InputStream in = Channels.newInputStream(channel);
      var line = new StringBuilder();
      for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
        line.append((char) next);
      }
      asked.add(line.toString());
      behaviour.serve(channel, Channels.newOutputStream(channel));
    } catch (Exception e) {
      // The other side has gone, or the test is over.
    }
  }

  @Override
  public void close() throws Exception {
    server.close();
    for (AutoCloseable one : open) {
      one.close();
    }
  }
}
