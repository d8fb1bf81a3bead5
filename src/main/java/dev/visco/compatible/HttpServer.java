package dev.visco.compatible;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The API's unix socket. At most ten connections, each with a platform thread of its own: there are
 * few, and the first of them starts sooner than the first virtual thread.
 */
final class HttpServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 10;

  /** The kernel's limit, with the zero at its end; see unix(7). */
  private static final int MAX_PATH = 108;

  private static final String FULL =
      "{ \"error\": \"There are %d connections, no more can be had\" }".formatted(MAX_CONNECTIONS);

  private final ServerSocketChannel server;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();

  private HttpServer(ServerSocketChannel server) {
    this.server = server;
  }

  /** Makes the handler of a connection. */
  interface Connections {
    void serve(SocketChannel connection) throws IOException;
  }

  /**
   * Binds the socket; connections wait until {@link #start}.
   *
   * @throws Fault when its file exists already, as after an earlier process, or cannot be created
   */
  static HttpServer bind(String path) throws Fault {
    if (path.getBytes(StandardCharsets.UTF_8).length >= MAX_PATH) {
      throw new Fault(
          "The API socket's path has more than %d bytes: %s".formatted(MAX_PATH - 1, path));
    }
    try {
      if (Files.exists(Path.of(path), LinkOption.NOFOLLOW_LINKS)) {
        throw new Fault(
            "The API socket %s is there already: another process uses it, or left it."
                .formatted(path));
      }
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(path));
      return new HttpServer(server);
    } catch (IOException | InvalidPathException e) {
      throw new Fault("The API socket %s cannot be made: %s".formatted(path, e.getMessage()));
    }
  }

  void start(Connections served) {
    Thread.ofPlatform().daemon().name("api").start(() -> accept(served));
  }

  private void accept(Connections served) {
    while (server.isOpen()) {
      try {
        SocketChannel connection = server.accept();
        if (connections.size() >= MAX_CONNECTIONS) {
          refuse(connection);
        } else {
          connections.add(connection);
          Thread.ofPlatform().daemon().name("api").start(() -> serve(connection, served));
        }
      } catch (IOException e) {
        return; // It was closed.
      }
    }
  }

  private static void refuse(SocketChannel connection) throws IOException {
    try (connection) {
      String text =
          "HTTP/1.1 503 \r\nServer: Firecracker API\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(FULL.length(), FULL);
      connection.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private void serve(SocketChannel connection, Connections served) {
    try (connection) {
      served.serve(connection);
    } catch (IOException e) {
      // The caller closed the connection.
    } finally {
      connections.remove(connection);
    }
  }

  /** Closes the socket, and leaves its file as Firecracker does. */
  @Override
  public void close() {
    try {
      server.close();
      for (SocketChannel connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      // Nothing can be done about it.
    }
  }
}
