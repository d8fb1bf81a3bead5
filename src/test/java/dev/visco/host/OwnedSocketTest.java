package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A VMM's socket, in a folder where the VMM may put whatever it likes. */
@Timeout(60)
class OwnedSocketTest {
  private static final int VMM = 1_000_000_003;
  private static final int OTHER_VMM = 1_000_000_004;
  @TempDir Path temporary;
  private Path mine;

  @BeforeEach
  void makeFolder() throws IOException {
    mine = Files.createDirectory(temporary.resolve("a"));
  }

  private static ServerSocketChannel listen(Path socket) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket));
  }

  private static int descriptors() {
    var open = Path.of("/proc/self/fd").toFile().list();
    return open == null ? 0 : open.length;
  }

  @Test
  void theFoldersOwnerIsReached() throws IOException {
    Path socket = mine.resolve("qmp.sock");
    try (var server = listen(socket);
        var client = OwnedSocket.connect(socket);
        var accepted = server.accept()) {
      client.write(ByteBuffer.wrap(new byte[] {7}));
      var received = ByteBuffer.allocate(1);
      assertThat(accepted.read(received)).isOne();
      assertThat(client.isBlocking()).isFalse();
    }
  }

  @Test
  void aLinkToAnotherMachinesSocketLeadsNowhere() throws IOException {
    Path other = Files.createDirectory(temporary.resolve("b"));
    try (var server = listen(other.resolve("qmp.sock"))) {
      server.configureBlocking(false);
      Path link = Files.createSymbolicLink(mine.resolve("qmp.sock"), other.resolve("qmp.sock"));
      assertThatThrownBy(() -> OwnedSocket.connect(link))
          .isInstanceOf(HostFault.class)
          .hasMessage(link + " is no socket");
      assertThat(server.accept()).as("nobody came").isNull();
    }
  }

  @Test
  void somebodyElsesSocketUnderItsNameIsNotSpokenTo() throws IOException {
    Path socket = mine.resolve("qmp.sock");
    try (var server = listen(socket)) {
      Files.setAttribute(mine, "unix:uid", VMM);
      assertThatThrownBy(() -> OwnedSocket.connect(socket))
          .isInstanceOf(HostFault.class)
          .hasMessage(socket + " is answered by user root, and its folder belongs to user " + VMM);
      Files.setAttribute(mine, "unix:uid", OTHER_VMM);
      Files.setAttribute(socket, "unix:uid", OTHER_VMM);
      assertThatThrownBy(() -> OwnedSocket.connect(socket)).isInstanceOf(HostFault.class);
    }
  }

  @Test
  void whoDoesNotListenIsToldApartAndNothingStaysOpen() throws IOException {
    Path socket = mine.resolve("qmp.sock");
    assertThatThrownBy(() -> OwnedSocket.connect(socket)).isInstanceOf(NoSuchFileException.class);
    listen(socket).close();
    assertThatThrownBy(() -> OwnedSocket.connect(socket)).isInstanceOf(ConnectException.class);
    int before = descriptors();
    IntStream.range(0, 100)
        .forEach(number ->
            assertThatThrownBy(() -> OwnedSocket.connect(socket))
                .isInstanceOf(ConnectException.class));
    assertThat(descriptors()).isLessThan(before + 20);
  }
}
