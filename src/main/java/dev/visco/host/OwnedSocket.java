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
 * How a unix socket is reached in a folder that its server owns, and may have filled with anything:
 * no link is followed, and what answers must run as the folder's owner. Root would be led to
 * somebody else's socket otherwise.
 */
public final class OwnedSocket {
  private static final Duration PAUSE = Duration.ofMillis(5);

  private OwnedSocket() {}

  /**
   * Connects, without blocking: a channel that does not block.
   *
   * @param socket in a folder that belongs to whoever must be listening
   * @throws NoSuchFileException when nothing is there
   * @throws IOException when nobody listens there, or its backlog is full
   * @throws HostFault when it is no socket, or when somebody else than the folder's owner listens
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
        // The descriptor is of exactly what was looked at, whatever is put in its place meanwhile.
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
   * The same, with patience: a connect(2) that would block fails with EAGAIN on a unix socket,
   * since its backlog is full, and it is tried again.
   *
   * @param whose the server's name, for the message
   * @param deadline how long its caller waits in all, for the message
   * @param end until when, as {@link System#nanoTime()} counts
   * @throws IOException when nobody listens there (yet), or not any more
   * @throws HostFault when it takes no connection in time, or as {@link #connect(Path)}
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
      // The socket itself is never opened, only named.
      int flags = CLibrary.O_PATH | CLibrary.O_NOFOLLOW | CLibrary.O_CLOEXEC;
      return CLibrary.open(arena, socket.toString(), flags);
    } catch (CLibrary.Failure e) {
      throw new NoSuchFileException(socket.toString(), null, e.getMessage());
    }
  }
}
