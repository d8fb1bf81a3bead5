package dev.visco.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Objects;
import jdk.net.ExtendedSocketOptions;

/**
 * Connects to a unix socket in a folder that its server's user owns and may have filled with
 * anything. Follows no link, and the peer must run as the folder's owner; otherwise root could be
 * led to another user's socket.
 */
public final class OwnedSocket {
  private static final Duration PAUSE = Duration.ofMillis(5);

  private OwnedSocket() {}

  /**
   * Connects, and returns a non-blocking channel.
   *
   * @param socket a path in a folder that belongs to the user who must be listening
   * @throws NoSuchFileException when the path does not exist
   * @throws IOException when nobody listens, or the backlog is full
   * @throws HostFault when it is not a socket, or when another user than the folder's owner listens
   */
  public static SocketChannel connect(Path socket) throws IOException {
    UserPrincipal owner =
        Files.getOwner(
            Objects.requireNonNull(socket.toAbsolutePath().getParent()), LinkOption.NOFOLLOW_LINKS);
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try (Arena arena = Arena.ofConfined()) {
      channel.configureBlocking(false);
      int found = open(arena, socket);
      try {
        // The descriptor stays that of the checked file, even if the path is replaced meanwhile.
        Path itself = Path.of("/proc/self/fd/" + found);
        if (!Files.readAttributes(itself, BasicFileAttributes.class).isOther()) {
          throw new HostFault(socket + " is no socket");
        }
        channel.connect(UnixDomainSocketAddress.of(itself));
      } finally {
        CLibrary.close(found);
      }
      UserPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
      if (!peer.equals(owner)) {
        throw new HostFault(
            "%s is answered by user %s, and its folder belongs to user %s"
                .formatted(socket, peer.getName(), owner.getName()));
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * As {@link #connect(Path)}, but tries again while the backlog is full: connect(2) fails with
   * EAGAIN on a non-blocking unix socket then.
   *
   * @param whose the server's name, for the message
   * @param deadline the caller's whole deadline, for the message
   * @param end the end of the deadline, in the time of {@link System#nanoTime()}
   * @throws IOException when nobody listens (yet, or any more)
   * @throws HostFault when it accepts no connection in time, or as {@link #connect(Path)}
   */
  public static SocketChannel connect(Path socket, String whose, Duration deadline, long end)
      throws IOException {
    while (true) {
      try {
        return connect(socket);
      } catch (SocketException e) {
        if (e instanceof ConnectException || !Files.exists(socket)) {
          throw e;
        }
        if (System.nanoTime() > end) {
          throw new HostFault(
              whose + "'s control socket " + socket + " took no connection within " + deadline, e);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    }
  }

  private static int open(Arena arena, Path socket) throws NoSuchFileException {
    try {
      // The socket itself is not opened, only referred to.
      int flags = CLibrary.O_PATH | CLibrary.O_NOFOLLOW | CLibrary.O_CLOEXEC;
      return CLibrary.open(arena, socket.toString(), flags);
    } catch (CLibrary.Failure e) {
      throw new NoSuchFileException(socket.toString(), null, e.getMessage());
    }
  }
}
