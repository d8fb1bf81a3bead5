package dev.visco.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A reverse proxy as operators have them: it answers below a path of its own, which it takes off.
 * It can go away with all of its connections, and come back under the same port.
 */
public final class PrefixProxy implements AutoCloseable {
  private final String prefix;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private ServerSocket listening;
  private final int port;

  /**
   * @param prefix like {@code /lab}, or empty
   * @param target the port on loopback that is answered for
   */
  public PrefixProxy(String prefix, int target) throws IOException {
    this.prefix = prefix;
    this.target = target;
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    port = listening.getLocalPort();
    accept(listening);
  }

  /** What stands before every path. */
  public String base() {
    return "http://127.0.0.1:" + port + prefix;
  }

  public void leave() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  public void comeBack() throws IOException {
    listening = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
    accept(listening);
  }

  private void accept(ServerSocket from) {
    Thread.ofVirtual()
        .start(() -> {
          while (!from.isClosed()) {
            try {
              Socket client = from.accept();
              sockets.add(client);
              Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
              // It has left.
            }
          }
        });
  }

  private void serve(Socket client) {
    try (client;
        var server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      sockets.add(server);
      String head = head(client.getInputStream());
      int path = head.indexOf(' ') + 1;
      if (!head.startsWith(prefix + "/", path)) {
        return;
      }
      // One request a connection, unless it becomes a WebSocket: no other head is to be rewritten.
      String sent =
          (head.substring(0, path) + head.substring(path + prefix.length()))
              .replace("Connection: keep-alive", "Connection: close");
      server.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
      Thread up =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.getInputStream().transferTo(server.getOutputStream());
                  server.shutdownOutput();
                } catch (IOException e) {
                  // One of them has gone.
                }
              });
      server.getInputStream().transferTo(client.getOutputStream());
      client.shutdownOutput();
      up.join();
    } catch (IOException e) {
      // One of them has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(client);
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the client has gone");
      }
      head.write(next);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      leave();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
