package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The service manager that started this process, where it asked to be told how the process is: by
 * datagrams to the socket that {@code NOTIFY_SOCKET} names (sd_notify(3)).
 */
public final class ServiceManager {
  /** Of a process that no service manager started: nobody is told anything. */
  public static final ServiceManager NONE = new ServiceManager(null, null);

  private static final short AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;

  /** What struct sockaddr_un has for a path (unix(7)). */
  private static final int MAX_PATH_BYTES = 108;

  private final @Nullable String socket;
  private final @Nullable Duration watchdog;

  private ServiceManager(@Nullable String socket, @Nullable Duration watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /**
   * As the environment of a process says it.
   *
   * @param pid the process's own: a watchdog that was meant for another one is not ours
   *     (sd_watchdog_enabled(3))
   */
  public static ServiceManager of(Map<String, String> environment, long pid) {
    String socket = environment.get("NOTIFY_SOCKET");
    if (socket == null || !(socket.startsWith("/") || socket.startsWith("@"))) {
      return NONE;
    }
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    String whose = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
    boolean isWatched = micros.matches("[1-9]\\d{0,15}") && whose.equals(Long.toString(pid));
    return new ServiceManager(
        socket, isWatched ? Duration.ofNanos(Long.parseLong(micros) * 1000) : null);
  }

  /** Whether anybody wants to be told. */
  public boolean isPresent() {
    return socket != null;
  }

  /** Without a sign of life for this long it ends the process; empty when it does not watch. */
  public Optional<Duration> watchdog() {
    return Optional.ofNullable(watchdog);
  }

  /**
   * Tells it, by lines like {@code READY=1}, all in one datagram.
   *
   * @throws HostFault when it cannot be told
   */
  public void tell(String... lines) {
    if (socket == null) {
      return;
    }
    byte[] message = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = CLibrary.socket(arena, AF_UNIX, SOCK_DGRAM | CLibrary.O_CLOEXEC, 0);
      try {
        CLibrary.connect(arena, descriptor, address(arena, socket));
        CLibrary.send(arena, descriptor, arena.allocateFrom(ValueLayout.JAVA_BYTE, message));
      } finally {
        CLibrary.close(descriptor);
      }
    } catch (CLibrary.Failure e) {
      throw new HostFault(
          "the service manager at " + socket + " is not told: " + e.getMessage(), e);
    }
  }

  /** An abstract name is written with a leading {@code @} and begins with a zero byte. */
  private static MemorySegment address(Arena arena, String socket) {
    byte[] path = socket.getBytes(StandardCharsets.UTF_8);
    if (path.length >= MAX_PATH_BYTES) {
      throw new HostFault(
          "NOTIFY_SOCKET names a socket of more bytes than a path may have: " + socket);
    }
    boolean isAbstract = path[0] == '@';
    if (isAbstract) {
      path[0] = 0;
    }
    // A path ends with a zero; an abstract name ends with the address.
    MemorySegment address = arena.allocate(2L + path.length + (isAbstract ? 0 : 1), 2);
    address.set(ValueLayout.JAVA_SHORT, 0, AF_UNIX);
    MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, 2, path.length);
    return address;
  }
}
