package dev.visco.api.desktop;

import dev.visco.api.RawWebSocket;
import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.session.rfb.GuestDesktop;
import dev.visco.session.rfb.RfbGuest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The relay against a direct connection to the same VNC server, in turns. The relay has a process
 * of its own, with the daemon's memory settings; server and viewers are here.
 */
class VncRelayBench {
  private static final byte[] KEY = {4, 1, 0, 0, 0, 0, 0, 97};
  private static final int CHUNK = 1 << 16;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private final LinuxHost host = new LinuxHost();
  private final List<ProcessRef> processes = new ArrayList<>();
  @TempDir private Path folder;
  private String vm = "";
  private int port;

  @SuppressWarnings("NullAway.Init") // Each starts it for a server of its own.
  private ProcessRef relay;

  @AfterEach
  void end() {
    for (ProcessRef process : processes) {
      host.terminate(process, true);
      Awaitility.await().until(() -> !host.isAlive(process));
    }
  }

  private void startRelay(int desktop) throws IOException {
    relay =
        host.start(
            new Detached(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-Xms16m",
                    "-Xmx192m",
                    "-XX:MaxMetaspaceSize=128m",
                    "-XX:+UseSerialGC",
                    "-XX:+UseCompactObjectHeaders",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    RelayProcess.class.getName(),
                    folder.toString(),
                    desktop + ""),
                folder.resolve("relay.out")));
    processes.add(relay);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> Files.exists(folder.resolve("port")));
    String[] said = Files.readString(folder.resolve("port")).split(" ");
    vm = said[0];
    port = Integer.parseInt(said[1]);
  }

  private RawWebSocket throughRelay() throws IOException {
    RawWebSocket socket =
        RawWebSocket.open(
            SocketChannel.open(new InetSocketAddress("127.0.0.1", port)).socket(),
            "127.0.0.1:" + port,
            "/api/vms/" + vm + "/vnc",
            List.of("Authorization: Bearer " + DesktopsUnderTest.TOKEN));
    socket.shakeHands();
    return socket;
  }

  /** ServerInit is read; its name is {@code name} bytes long when it is not the scripted one. */
  private static GuestDesktop direct(int desktop) throws Exception {
    GuestDesktop found =
        GuestDesktop.connect(
            new InetSocketAddress("127.0.0.1", desktop),
            DesktopsUnderTest.PASSWORD,
            Duration.ofSeconds(10));
    found.write(ByteBuffer.wrap(new byte[] {1}));
    ByteBuffer init = ByteBuffer.allocate(24);
    read(found, init);
    read(found, ByteBuffer.allocate(init.getInt(20)));
    return found;
  }

  private static void read(GuestDesktop desktop, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (desktop.read(into) < 0) {
        throw new IOException("it ended");
      }
    }
  }

  private static void skipInit(RawWebSocket viewer) throws IOException {
    viewer.read(ByteBuffer.wrap(viewer.read(24)).getInt(20));
  }

  private static double at(List<Long> nanos, double share) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    return sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e6;
  }

  @Test
  void latency() throws Exception {
    try (var guest = RfbGuest.desktop(DesktopsUnderTest.PASSWORD, VncRelayBench::echo)) {
      startRelay(guest.port());
      try (var direct = direct(guest.port());
          var viewer = throughRelay()) {
        skipInit(viewer);
        var directly = new ArrayList<Long>();
        var relayed = new ArrayList<Long>();
        for (int round = 0; round < 40; round++) {
          if (round == 10) { // Until both are compiled.
            directly.clear();
            relayed.clear();
          }
          for (int turn = 0; turn < 100; turn++) {
            directly.add(directly(direct));
          }
          for (int turn = 0; turn < 100; turn++) {
            relayed.add(relayed(viewer));
          }
        }
        System.out.printf(
            "latency, 8 bytes there and back, medians (99th of 100) of %d: directly %.3f ms (%.3f),"
                + " relay %.3f ms (%.3f), added %.3f ms%n",
            relayed.size(),
            at(directly, 0.5),
            at(directly, 0.99),
            at(relayed, 0.5),
            at(relayed, 0.99),
            at(relayed, 0.5) - at(directly, 0.5));
      }
    }
  }

  private static void echo(RfbGuest.Connection connection) throws IOException {
    byte[] message = new byte[KEY.length];
    for (; ; ) {
      connection.in.readFully(message);
      connection.out.write(message);
    }
  }

  private static long directly(GuestDesktop desktop) throws IOException {
    long begun = System.nanoTime();
    desktop.write(ByteBuffer.wrap(KEY));
    read(desktop, ByteBuffer.allocate(KEY.length));
    return System.nanoTime() - begun;
  }

  private static long relayed(RawWebSocket viewer) throws IOException {
    long begun = System.nanoTime();
    viewer.binary(KEY);
    viewer.read(KEY.length);
    return System.nanoTime() - begun;
  }

  /** As fast as two processes can copy on this host: no desktop is drawn. */
  @Test
  void throughputOfBareBytes() throws Exception {
    long size = 512L << 20;
    byte[] picture = new byte[CHUNK];
    try (var guest =
        RfbGuest.desktop(
            DesktopsUnderTest.PASSWORD,
            connection -> {
              for (; ; ) {
                connection.in.readNBytes(1);
                connection.in.skipNBytes(9);
                for (long sent = 0; sent < size; sent += picture.length) {
                  connection.out.write(picture);
                }
              }
            })) {
      startRelay(guest.port());
      compare("bare bytes from a scripted server", guest.port(), size, 7);
    }
  }

  /** A server that has no more to send than a guest's network brings. */
  @Test
  void throughputAtAGuestsPace() throws Exception {
    long size = 128L << 20;
    for (int megabytes : List.of(100, 300)) {
      try (var guest =
          RfbGuest.desktop(
              DesktopsUnderTest.PASSWORD, connection -> paced(connection, size, megabytes))) {
        Files.deleteIfExists(folder.resolve("port"));
        startRelay(guest.port());
        compare("a server that sends " + megabytes + " MB/s", guest.port(), size, 5);
        end();
        processes.clear();
      }
    }
  }

  private static void paced(RfbGuest.Connection connection, long size, int megabytes)
      throws IOException {
    byte[] picture = new byte[CHUNK];
    for (; ; ) {
      connection.in.readNBytes(1);
      connection.in.skipNBytes(9);
      long begun = System.nanoTime();
      for (long sent = 0; sent < size; sent += picture.length) {
        connection.out.write(picture);
        java.util.concurrent.locks.LockSupport.parkNanos(
            begun + (sent + picture.length) * 1000 / megabytes - System.nanoTime());
      }
    }
  }

  /** A real VNC server that draws and encodes what it sends: full frames, Raw. */
  @Test
  void throughputOfARealServer() throws Exception {
    Path server = Path.of("/usr/bin/Xtigervnc");
    Assumptions.assumeTrue(Files.isExecutable(server), server + " is not on this host");
    int desktop;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      desktop = free.getLocalPort();
    }
    Path password = Files.write(folder.resolve("passwd"), DesktopsUnderTest.PASSWORD.file());
    processes.add(
        host.start(
            new Detached(
                List.of(
                    server.toString(),
                    ":" + (desktop % 20_000 + 100),
                    "-rfbport",
                    desktop + "",
                    "-geometry",
                    "1920x1080",
                    "-depth",
                    "24",
                    "-localhost",
                    "-nolisten",
                    "unix",
                    "-SecurityTypes",
                    "VncAuth",
                    "-PasswordFile",
                    password.toString()),
                folder.resolve("server.out"))));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          try (var there = new Socket("127.0.0.1", desktop)) {
            return there.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
    startRelay(desktop);
    // One rectangle: 4 bytes of message, 12 of rectangle, the pixels.
    compare("full frames of Xtigervnc, 1920×1080 Raw", desktop, 16 + 1920L * 1080 * 4, 60);
  }

  private void compare(String what, int desktop, long size, int rounds) throws Exception {
    byte[] request = {3, 0, 0, 0, 0, 0, 1920 >> 8, (byte) 1920, 1080 >> 8, (byte) (1080 & 255)};
    byte[] encodings = {2, 0, 0, 1, 0, 0, 0, 0};
    ByteBuffer into = ByteBuffer.allocateDirect(CHUNK);
    var directly = new ArrayList<Long>();
    var relayed = new ArrayList<Long>();
    try (var direct = direct(desktop);
        var viewer = throughRelay()) {
      skipInit(viewer);
      if (size < 100 << 20) { // A scripted server knows requests only.
        direct.write(ByteBuffer.wrap(encodings));
        viewer.binary(encodings);
      }
      long direction = 0;
      long viewing = 0;
      long relaying = 0;
      for (int round = -3; round < rounds; round++) {
        long own = THREADS.getCurrentThreadCpuTime();
        long begun = System.nanoTime();
        direct.write(ByteBuffer.wrap(request));
        for (long left = size; left > 0; left -= into.position()) {
          if (direct.read(into.clear().limit((int) Math.min(left, CHUNK))) < 0) {
            throw new IOException("it ended");
          }
        }
        long middle = System.nanoTime();
        long ownMiddle = THREADS.getCurrentThreadCpuTime();
        long before = relayProcessorMillis();
        viewer.binary(request);
        viewer.skip(size, into);
        if (round >= 0) {
          directly.add(middle - begun);
          relayed.add(System.nanoTime() - middle);
          direction += ownMiddle - own;
          viewing += THREADS.getCurrentThreadCpuTime() - ownMiddle;
          relaying += relayProcessorMillis() - before;
        }
      }
      double gigabytes = rounds * size / 1e9;
      System.out.printf(
          "processor time for each GB, %s: direct viewer %.0f ms, relay %.0f ms, viewer of the relay"
              + " %.0f ms%n",
          what, direction / 1e6 / gigabytes, relaying / gigabytes, viewing / 1e6 / gigabytes);
    }
    double one = size / 1e3 / at(directly, 0.5);
    double other = size / 1e3 / at(relayed, 0.5);
    System.out.printf(
        "throughput, %s, medians of %d: directly %.0f MB/s, relay %.0f MB/s, ratio %.2f%n",
        what, rounds, one, other, other / one);
  }

  @Test
  void fiftyViewersAndTheirMemory() throws Exception {
    byte[] picture = new byte[256 << 10];
    try (var guest =
        RfbGuest.desktop(
            DesktopsUnderTest.PASSWORD,
            connection -> {
              for (; ; ) {
                connection.in.readNBytes(1);
                connection.in.skipNBytes(9);
                connection.out.write(picture);
              }
            })) {
      startRelay(guest.port());
      byte[] request = {3, 0, 0, 0, 0, 0, 0, 2, 0, 1};
      byte[] buffer = new byte[CHUNK];
      var viewers = new ArrayList<RawWebSocket>();
      try {
        long before = 0;
        for (int number = 0; number < 51; number++) {
          if (number == 1) { // What the first one loads is not what each one takes.
            use(viewers, request, picture.length, buffer);
            before = resident();
          }
          viewers.add(throughRelay());
          skipInit(viewers.getLast());
        }
        long connected = resident();
        long begun = System.nanoTime();
        for (int round = 0; round < 20; round++) {
          use(viewers, request, picture.length, buffer);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
            "50 viewers: resident %d KiB before, %d KiB with all connected (%d each), %d KiB after"
                + " each has had 20 pictures of 256 KiB (%d each); %.0f MB/s for all%n",
            before,
            connected,
            (connected - before) / 50,
            resident(),
            (resident() - before) / 50,
            51 * 20 * picture.length / 1e6 / seconds);
      } finally {
        for (RawWebSocket viewer : viewers) {
          viewer.close();
        }
      }
    }
  }

  private static void use(List<RawWebSocket> viewers, byte[] request, int size, byte[] buffer)
      throws IOException {
    for (RawWebSocket viewer : viewers) {
      viewer.binary(request);
    }
    for (RawWebSocket viewer : viewers) {
      viewer.drain(size, buffer);
    }
  }

  /** User and system time; in ticks of 10 ms, see proc(5). */
  private long relayProcessorMillis() throws IOException {
    String line = Files.readString(Path.of("/proc/" + relay.pid() + "/stat"));
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
    return 10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12]));
  }

  /** KiB, see proc(5). */
  private long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + relay.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> Arrays.asList(line.split("\\s+")))
        .mapToLong(parts -> Long.parseLong(parts.get(1)))
        .findFirst()
        .orElseThrow();
  }
}
