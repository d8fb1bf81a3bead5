package dev.visco.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A port of loopback behind which something is wrong. */
final class BadPeer implements AutoCloseable {
  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private BadPeer(Behaviour behaviour) {
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(() -> accept(behaviour));
  }

  /** What is done with a connection. */
  private interface Behaviour {
    void serve(Socket socket) throws IOException, InterruptedException;
  }

  private void accept(Behaviour behaviour) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual()
            .start(() -> {
              try {
                behaviour.serve(socket);
              } catch (IOException e) {
                // The other side has gone, or the test is over.
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
      } catch (IOException e) {
        return;
      }
    }
  }

  /** Takes connections and says nothing. */
  static BadPeer silent() {
    return new BadPeer(socket -> {});
  }

  /** Says this at once and then nothing. */
  static BadPeer saying(String text) {
    return new BadPeer(socket ->
        socket.getOutputStream().write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  /** Says this and hangs up. */
  static BadPeer hangingUpAfter(String text) {
    return new BadPeer(socket -> {
      socket.getOutputStream().write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      // What came in is read first: a close with unread input would be a reset.
      socket.getInputStream().readNBytes(4);
      socket.close();
    });
  }

  /** Sends one character after another, for ever. */
  static BadPeer dripping() {
    return new BadPeer(socket -> {
      OutputStream out = socket.getOutputStream();
      for (int at = 0; ; at++) {
        out.write("SSH-2.0-slow".charAt(Math.min(at, 11)));
        out.flush();
        Thread.sleep(50);
      }
    });
  }

  /** Answers with {@code port}'s words, but only after a while. */
  static BadPeer slowStart(int port, long millis) {
    return new BadPeer(socket -> {
      Thread.sleep(millis);
      Socket behind = new Socket(InetAddress.getLoopbackAddress(), port);
      relay(socket, behind, Long.MAX_VALUE, true);
    });
  }

  /**
   * Passes on {@code bytes} of what {@code port} says, then drops the connection, or freezes with
   * it open.
   */
  BadPeer(int port, long bytes, boolean drops) {
    this(socket -> {
      Socket behind = new Socket(InetAddress.getLoopbackAddress(), port);
      relay(socket, behind, bytes, drops);
    });
  }

  private static void relay(Socket client, Socket server, long bytes, boolean drops) {
    var left = new AtomicLong(bytes);
    Thread.ofVirtual().start(() -> copy(client, server, new AtomicLong(Long.MAX_VALUE), true));
    Thread.ofVirtual().start(() -> copy(server, client, left, drops));
  }

  private static void copy(Socket from, Socket to, AtomicLong left, boolean drops) {
    byte[] buffer = new byte[8192];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        int passed = (int) Math.min(count, left.get());
        left.addAndGet(-passed);
        out.write(buffer, 0, passed);
        if (left.get() == 0 && drops) {
          break;
        }
      }
      from.close();
      to.close();
    } catch (IOException e) {
      try {
        from.close();
        to.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
    }
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
