package dev.visco.vmm;

import dev.visco.host.HostFault;
import dev.visco.host.OwnedSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** How a VMM's control socket is reached, whichever VMM's it is. */
public final class ControlSocket {
  private static final Duration PAUSE = Duration.ofMillis(5);

  private ControlSocket() {}

  /**
   * Connects, without blocking. A connect(2) that would block fails with EAGAIN on a unix socket:
   * its backlog is full, and it is tried again.
   *
   * @param whose the VMM's name, for the message
   * @param deadline how long its caller waits in all, for the message
   * @param end until when, as {@link System#nanoTime()} counts
   * @throws IOException when nobody listens there (yet), or not any more
   * @throws HostFault when it takes no connection in time, or when what listens is not the VMM's
   *     user ({@link OwnedSocket})
   */
  public static SocketChannel open(Path socket, String whose, Duration deadline, long end)
      throws IOException {
    while (true) {
      try {
        return OwnedSocket.connect(socket);
      } catch (SocketException e) {
        if (e instanceof ConnectException || !Files.exists(socket)) {
          throw e;
        }
        if (System.nanoTime() > end) {
          throw new HostFault(
              whose + "'s control socket " + socket + " took no connection within " + deadline, e);
        }
        Waiting.pause(PAUSE);
      }
    }
  }
}
