package dev.visco.compatible;

import dev.visco.compatible.Configured.ConfiguredVsock;
import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * The host's end of a vsock device. Its socket exists from the PUT on, except for an empty path,
 * which is accepted without effect (recorded). Connections are closed, as Firecracker does when
 * nobody listens at the guest's port.
 */
final class VsockListener {
  private final ConfiguredVsock device;
  private final ServerSocketChannel server;

  private VsockListener(ConfiguredVsock device, ServerSocketChannel server) {
    this.device = device;
    this.server = server;
  }

  static VsockListener open(ConfiguredVsock device) throws Fault {
    ServerSocketChannel server;
    try {
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    } catch (IOException e) {
      throw new Fault("A vsock device cannot be had: " + e.getMessage());
    }
    try {
      if (!device.socket().isEmpty()) {
        server.bind(UnixDomainSocketAddress.of(device.socket()));
      }
    } catch (IOException | InvalidPathException e) {
      closeQuietly(server);
      throw new Fault(
          "`uds_path` cannot be bound: %s: %s".formatted(reason(device, e), device.socket()));
    }
    var listener = new VsockListener(device, server);
    if (!device.socket().isEmpty()) {
      Thread.ofPlatform().daemon().name("vsock").start(listener::refuseAll);
    }
    return listener;
  }

  private static String reason(ConfiguredVsock device, Exception e) {
    if (e instanceof BindException && Files.exists(Path.of(device.socket()))) {
      return "address already in use";
    }
    return String.valueOf(e.getMessage());
  }

  private void refuseAll() {
    while (server.isOpen()) {
      try (SocketChannel connection = server.accept()) {
        connection.shutdownInput();
      } catch (IOException e) {
        return; // It was closed.
      }
    }
  }

  ConfiguredVsock device() {
    return device;
  }

  /** Removes the socket's file, which must exist. */
  void remove() throws Fault {
    close();
    try {
      if (!device.socket().isEmpty()) {
        Files.delete(Path.of(device.socket()));
        return;
      }
    } catch (IOException e) {
      // Reported below.
    }
    throw new Fault(
        "The former vsock device's socket cannot be removed: no such file or directory: "
            + device.socket());
  }

  void close() {
    closeQuietly(server);
  }

  private static void closeQuietly(ServerSocketChannel server) {
    try {
      server.close();
    } catch (IOException e) {
      // Nothing can be done about it.
    }
  }
}
