package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.desktop.DesktopsUnderTest;
import dev.visco.model.VmId;
import dev.visco.session.HastyServer;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.wire.ExecMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExecClientTest {
  @TempDir private Path folder;

  /** The daemon looks once a second whether its client is there. */
  @Test
  void goesOnAfterTheDaemonHasAskedWhetherItIsThere() throws Exception {
    try (var daemon = DesktopsUnderTest.start(folder);
        var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = daemon.ready(guest);
      var out = new ByteArrayOutputStream();
      var api =
          new DaemonClient(new ApiAddress("127.0.0.1", daemon.port(), DesktopsUnderTest.TOKEN));
      try (var client = new ExecClient(out, out)) {
        client.start(api, id.value(), ExecMessage.start(List.of("cat")));
        long from = System.nanoTime();
        Awaitility.await()
            .until(() -> System.nanoTime() - from > Duration.ofMillis(3500).toNanos());
        client.pump(new ByteArrayInputStream("hello".getBytes(StandardCharsets.UTF_8)));
        assertThat(client.exitCode()).isZero();
      }
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("hello");
    }
  }

  /** The answer to the upgrade and the first frame come in one packet. */
  @Test
  void readsWhatTheDaemonSaysAtOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      var out = new ByteArrayOutputStream();
      try (var daemon =
              HastyServer.saying(
                  HastyServer.frame(HastyServer.BINARY, new byte[] {1, 'h', 'i'}),
                  HastyServer.text("{\"exit\":7}"));
          var client = new ExecClient(out, out)) {
        var api = new DaemonClient(new ApiAddress("127.0.0.1", daemon.port(), "token"));
        client.start(api, "vm-00000000", ExecMessage.start(List.of("true")));
        assertThat(client.exitCode()).isEqualTo(7);
      }
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("hi");
    }
  }
}
