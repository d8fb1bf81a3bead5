package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control socket's client, against a server that does what servers do. */
@Timeout(30)
class QmpTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir Path folder;

  private Path socket() {
    return folder.resolve("qmp.sock");
  }

  private FakeQmp server(String... turns) throws IOException {
    return new FakeQmp(socket(), turns);
  }

  @Test
  void negotiatesAndAsks() throws IOException {
    try (var server =
            server(
                FakeQmp.GREETING,
                FakeQmp.NOTHING,
                "{\"return\": {\"status\": \"running\", \"running\": true}}\n");
        var qmp = Qmp.connect(socket(), LONG)) {
      assertThat(qmp.execute("query-status").path("status").asString()).isEqualTo("running");
      assertThat(server.heard())
          .containsExactly("{\"execute\":\"qmp_capabilities\"}", "{\"execute\":\"query-status\"}");
    }
  }

  @Test
  void passesEventsOverWhereverTheyCome() throws IOException {
    String event = "{\"timestamp\": {\"seconds\": 1}, \"event\": \"RTC_CHANGE\", \"data\": {}}\n";
    try (var server =
            server(
                FakeQmp.GREETING,
                event + event + FakeQmp.NOTHING + event,
                event + "{\"return\": 7}\n" + event,
                "{\"return\": 8}\n");
        var qmp = Qmp.connect(socket(), LONG)) {
      assertThat(qmp.execute("one").asInt()).isEqualTo(7);
      assertThat(qmp.execute("two").asInt()).isEqualTo(8);
      assertThat(server.heard()).hasSize(3);
    }
  }

  @Test
  void tellsWhyQemuRefusedAndGoesOn() throws IOException {
    try (var server =
            server(
                FakeQmp.GREETING,
                FakeQmp.NOTHING,
                "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such command\"}}\n",
                FakeQmp.NOTHING);
        var qmp = Qmp.connect(socket(), LONG)) {
      assertThatThrownBy(() -> qmp.execute("dance"))
          .isInstanceOf(HostFault.class)
          .hasMessage("QEMU refused dance: no such command");
      assertThat(qmp.execute("query-status").isObject()).isTrue();
      assertThat(server.heard()).hasSize(3);
    }
  }

  @Test
  void takesALongAnswer() throws IOException {
    String text = "x".repeat(300_000);
    try (var server =
            server(FakeQmp.GREETING, FakeQmp.NOTHING, "{\"return\": \"" + text + "\"}\n");
        var qmp = Qmp.connect(socket(), LONG)) {
      assertThat(qmp.execute("query").asString()).isEqualTo(text);
      assertThat(server.heard()).hasSize(2);
    }
  }

  @Test
  void takesNoEndlessAnswer() throws IOException {
    refuses("a line of more than 1048576 bytes", "x".repeat(1_100_000));
  }

  @Test
  void refusesWhatIsNoJson() throws IOException {
    refuses("no JSON: HTTP/1.1 400 Bad Request", "HTTP/1.1 400 Bad Request\r\n");
  }

  @Test
  void refusesWhatIsNoAnswer() throws IOException {
    refuses("QEMU answered query with {\"hello\":1}", "{\"hello\": 1}\n");
    Files.delete(socket());
    refuses("QEMU answered query with 5", "5\n");
  }

  private void refuses(String message, String answer) throws IOException {
    try (var server = server(FakeQmp.GREETING, FakeQmp.NOTHING, answer);
        var qmp = Qmp.connect(socket(), LONG)) {
      assertThatThrownBy(() -> qmp.execute("query"))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining(message);
      assertThat(server.heard()).hasSize(2);
    }
  }

  @Test
  void refusesAServerThatIsNoQmp() throws IOException {
    try (var server = server("{\"ready\": true}\n")) {
      assertThatThrownBy(() -> Qmp.connect(socket(), LONG))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("no QMP greeting on " + socket() + ": {\"ready\":true}");
      assertThat(server.heard()).isEmpty();
    }
  }

  @Test
  void noticesThatTheServerHangsUp() throws IOException {
    try (var server = server(FakeQmp.GREETING, FakeQmp.NOTHING, FakeQmp.HANG_UP);
        var qmp = Qmp.connect(socket(), LONG)) {
      assertThatThrownBy(() -> qmp.execute("quit"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed its control socket");
      assertThat(server.heard()).hasSize(2);
    }
  }

  @Test
  void givesASilentServerUpAtTheDeadline() throws IOException {
    long start = System.nanoTime();
    try (var server = server(FakeQmp.GREETING, FakeQmp.NOTHING);
        var qmp = Qmp.connect(socket(), SHORT)) {
      assertThatThrownBy(() -> qmp.execute("query"))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("did not answer within PT0.2S");
      assertThat(server.heard()).hasSize(2);
    }
    assertThat(System.nanoTime() - start).isGreaterThan(SHORT.toNanos());
  }

  @Test
  void givesAHalfLineUpAtTheDeadline() throws IOException {
    try (var server = server(FakeQmp.GREETING, FakeQmp.NOTHING, "{\"return\": {");
        var qmp = Qmp.connect(socket(), SHORT)) {
      assertThatThrownBy(() -> qmp.execute("query"))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("did not answer within");
      assertThat(server.heard()).hasSize(2);
    }
  }

  @Test
  void eventsDoNotPutTheDeadlineOff() throws IOException {
    String events = "{\"event\": \"BLOCK_IO_ERROR\"}\n".repeat(50);
    try (var server = server(FakeQmp.GREETING, FakeQmp.NOTHING, events);
        var qmp = Qmp.connect(socket(), SHORT)) {
      assertThatThrownBy(() -> qmp.execute("query")).isInstanceOf(HostFault.class);
      assertThat(server.heard()).hasSize(2);
    }
  }

  @Test
  void saysThatNobodyListens() throws IOException {
    assertThatThrownBy(() -> Qmp.connect(socket(), LONG)).isInstanceOf(IOException.class);
    server(FakeQmp.GREETING).close(); // Leaves the socket's file, as a killed QEMU does.
    assertThat(socket()).exists();
    assertThatThrownBy(() -> Qmp.connect(socket(), LONG)).isInstanceOf(IOException.class);
  }

  @Test
  void givesACrowdedServerUpAtTheDeadline() throws IOException {
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket()), 1);
      List<SocketChannel> crowd = new ArrayList<>();
      for (int waiting = 0; waiting < 2; waiting++) {
        crowd.add(SocketChannel.open(UnixDomainSocketAddress.of(socket())));
      }
      assertThatThrownBy(() -> Qmp.connect(socket(), SHORT))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("took no connection within PT0.2S");
      for (SocketChannel channel : crowd) {
        channel.close();
      }
    }
  }

  @Test
  void severalAskersAreServedOneAfterTheOther() throws Exception {
    try (var server = server(FakeQmp.GREETING, FakeQmp.NOTHING, "{\"return\": 1}\n")) {
      List<Thread> askers = new ArrayList<>();
      var answers = java.util.Collections.synchronizedList(new ArrayList<Integer>());
      for (int asker = 0; asker < 8; asker++) {
        askers.add(
            Thread.ofVirtual()
                .start(() -> {
                  try (var qmp = Qmp.connect(socket(), LONG)) {
                    answers.add(qmp.execute("query").asInt());
                  } catch (IOException e) {
                    answers.add(-1);
                  }
                }));
      }
      for (Thread asker : askers) {
        asker.join();
      }
      assertThat(answers).hasSize(8).containsOnly(1);
      assertThat(server.heard()).hasSize(16);
    }
  }

  @Test
  void aConnectionThatFailsLeavesNoDescriptorOpen() throws IOException {
    try (var server = server("{\"ready\": true}\n")) {
      failToConnect(); // Whatever the runtime opens once is open now.
      long before = descriptors();
      for (int times = 0; times < 20; times++) {
        failToConnect();
      }
      assertThat(descriptors()).isLessThan(before + 10);
      assertThat(server.heard()).isEmpty();
    }
  }

  private void failToConnect() {
    assertThatThrownBy(() -> Qmp.connect(socket(), LONG)).isInstanceOf(HostFault.class);
  }

  private static long descriptors() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
