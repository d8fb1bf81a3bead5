package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service manager hears, on a socket of this test's own. */
class ServiceManagerTest {
  @TempDir Path folder;

  @Test
  void allLinesComeInOneDatagram() throws Exception {
    String path = folder.resolve("notify").toString();
    assertThat(heard(path, path.getBytes(StandardCharsets.UTF_8), "READY=1", "STATUS=serves"))
        .isEqualTo("READY=1\nSTATUS=serves");
  }

  @Test
  void anAbstractSocketIsFoundByItsNameToo() throws Exception {
    String name = "visco-notify-" + ProcessHandle.current().pid();
    assertThat(heard("@" + name, ("\0" + name).getBytes(StandardCharsets.UTF_8), "WATCHDOG=1"))
        .isEqualTo("WATCHDOG=1");
  }

  private static String heard(String named, byte[] bound, String... lines) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      int socket = CLibrary.socket(arena, 1, 2 | CLibrary.O_CLOEXEC, 0);
      try {
        MemorySegment address = arena.allocate(2L + bound.length, 2);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
        MemorySegment.copy(bound, 0, address, ValueLayout.JAVA_BYTE, 2, bound.length);
        CLibrary.bind(arena, socket, address);
        ServiceManager.of(Map.of("NOTIFY_SOCKET", named), 7).tell(lines);
        assertThat(CLibrary.awaitInput(arena, socket, 10_000)).isTrue();
        MemorySegment buffer = arena.allocate(1024);
        int count = CLibrary.receive(arena, socket, buffer);
        return new String(
            buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
      } finally {
        CLibrary.close(socket);
      }
    }
  }

  @Test
  void withoutAManagerNobodyIsTold() {
    assertThat(ServiceManager.of(Map.of(), 7).isPresent()).isFalse();
    ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1"), 7).tell("READY=1");
    assertThat(ServiceManager.NONE.watchdog()).isEmpty();
  }

  @Test
  void aWatchdogCountsForTheProcessThatItIsMeantFor() {
    var environment = Map.of("NOTIFY_SOCKET", "/run/n", "WATCHDOG_USEC", "1500000");
    assertThat(ServiceManager.of(environment, 7).watchdog()).contains(Duration.ofMillis(1500));
    var others = Map.of("NOTIFY_SOCKET", "/run/n", "WATCHDOG_USEC", "1500000", "WATCHDOG_PID", "8");
    assertThat(ServiceManager.of(others, 7).watchdog()).isEmpty();
    assertThat(ServiceManager.of(others, 8).watchdog()).isPresent();
    assertThat(
            ServiceManager.of(Map.of("NOTIFY_SOCKET", "/n", "WATCHDOG_USEC", "soon"), 7).watchdog())
        .isEmpty();
  }

  @Test
  void aManagerThatIsNotThereIsAFault() {
    var manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", folder.resolve("none") + ""), 7);
    assertThatThrownBy(() -> manager.tell("READY=1"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("No such file or directory");
    var long108 = ServiceManager.of(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(107)), 7);
    assertThatThrownBy(() -> long108.tell("READY=1")).hasMessageContaining("more bytes");
  }
}
