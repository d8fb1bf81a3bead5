package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients whose answers follow one another on one connection, and leave in the end. */
@Timeout(60)
class ClientWatchTest {
  @Test
  void aConnectionIsWatchedAgainRightAfterItsLastWatch() throws Exception {
    try (var server = ServerSocketChannel.open();
        var watch = new ClientWatch()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (var client = SocketChannel.open(server.getLocalAddress());
          SocketChannel served = server.accept()) {
        served.configureBlocking(false);
        for (int round = 0; round < 2000; round++) {
          var early = new CountDownLatch(1);
          watch.watch(served, early::countDown).close();
          assertThat(early.getCount()).isEqualTo(1);
        }
        var left = new CountDownLatch(1);
        watch.watch(served, left::countDown);
        client.close();
        assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }
}
