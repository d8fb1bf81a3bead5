package dev.visco.session.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A link to a peer that may or may not read. */
class SocketLinkTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int PIECE = 32 << 10;
  private final AtomicInteger ends = new AtomicInteger();
  private ServerSocket server;
  private Socket peer;
  private ConnectedSocket socket;
  private SocketLink link;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    var own = new Socket(server.getInetAddress(), server.getLocalPort());
    peer = server.accept();
    socket = new ConnectedSocket(own);
    IoHandler handler =
        new IoHandler() {
          @Override
          public void sessionCreated(IoSession session) {}

          @Override
          public void sessionClosed(IoSession session) {
            ends.incrementAndGet();
          }

          @Override
          public void exceptionCaught(IoSession session, Throwable cause) {}

          @Override
          public void messageReceived(IoSession session, Readable message) {}
        };
    link =
        new SocketLink(
            new SocketConnector(handler),
            handler,
            socket,
            InetSocketAddress.createUnresolved("peer", 22));
    link.start();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    link.close(true);
    peer.close();
    server.close();
    Awaitility.await()
        .atMost(LONG)
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().endsWith("peer:22")));
    assertThat(ends).hasValue(1);
  }

  private void send() {
    link.writeBuffer(new ByteArrayBuffer(new byte[PIECE]));
  }

  private CompletableFuture<Integer> sendAll(int pieces) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        for (int sent = 0; sent < pieces; sent++) {
          socket.awaitRoom();
          send();
        }
        return pieces;
      } catch (IOException e) {
        return -1;
      }
    });
  }

  @Test
  void whoeverSendsWaitsForAPeerThatReadsLate() throws Exception {
    CompletableFuture<Integer> sent = sendAll(1000);
    Thread.sleep(300); // It must not get through meanwhile: it waits although nobody reads.
    assertThat(sent).isNotDone();
    assertThat(peer.getInputStream().readNBytes(1000 * PIECE)).hasSize(1000 * PIECE);
    assertThat(sent.get()).isEqualTo(1000);
  }

  @Test
  void whoeverWaitsIsToldOfTheEnd() throws Exception {
    CompletableFuture<Integer> sent = sendAll(1000);
    Awaitility.await().atMost(LONG).until(() -> socket.queue(0) || !sent.isDone());
    link.close(true);
    assertThat(sent.get()).isEqualTo(-1);
    assertThatThrownBy(socket::awaitRoom).hasMessageContaining("has ended");
  }

  /** Requests whose replies it does not read, for which nobody waits. */
  @Test
  void aPeerThatLetsTheQueueGrowLosesItsConnection() {
    for (int sent = 0; sent < 1000 && !link.isClosing(); sent++) {
      send();
    }
    Awaitility.await().atMost(LONG).until(link::isClosed);
  }
}
