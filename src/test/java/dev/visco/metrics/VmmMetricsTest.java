package dev.visco.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Fifo;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.Digest;
import dev.visco.model.VmId;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineMetrics;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.firecracker.Firecracker;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.Version;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Numbers of VMMs: added up, and never held up by one that hangs. */
@Timeout(30)
class VmmMetricsTest {
  private static final VmId ONE = new VmId("vm-00000001");
  private static final VmId TWO = new VmId("vm-00000002");
  private final Map<VmId, MachineHandle> running = new TreeMap<>();
  private final VmmMetrics metrics = new VmmMetrics(() -> running, VmmMetrics.PERIOD);

  /** A machine of which nothing but its numbers is asked. */
  private record Counting(Supplier<MachineMetrics> numbers) implements MachineHandle {
    @Override
    public MachineRef ref() {
      return new MachineRef(
          "firecracker", "kvm", new ProcessRef(1, 1, "boot"), Path.of("/none"), "1.16.1");
    }

    @Override
    public MachineMetrics metrics() {
      return numbers.get();
    }

    @Override
    public boolean isAlive() {
      return true;
    }

    @Override
    public String status() {
      return "running";
    }

    @Override
    public void resizeDisk(int number, long bytes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void pause() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void resume() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void snapshot(Path folder) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void stop(Duration grace) {
      throw new UnsupportedOperationException();
    }
  }

  private static MachineHandle counting(long received, long idle) {
    return new Counting(() ->
        new MachineMetrics(
            Map.of(
                "net_eth0.rx_bytes_count",
                received,
                "net_eth0.tx_fails",
                idle,
                "net.rx_bytes_count",
                received,
                "mmds.rx_count",
                received),
            Map.of("seccomp.num_faults", 7L, "signals.sigbus", 0L, "utc_timestamp_ms", 9L)));
  }

  private Map<String, Double> samples() {
    return metrics.metrics().stream().collect(Collectors.toMap(Metric::key, Metric::value));
  }

  private static String key(String name, String metric, VmId vm) {
    return name + "{metric=" + metric + ", release=1.16.1, vm=" + vm + "}";
  }

  @Test
  void whatCameToPassIsAddedUpAndWhatNeverDidOrTellsNothingIsLeftOut() {
    running.put(ONE, counting(10, 0));
    samples();
    assertThat(samples())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                key("visco.vmm.events", "net_eth0.rx_bytes_count", ONE), 20.0,
                key("visco.vmm.level", "seccomp.num_faults", ONE), 7.0));
  }

  @Test
  void aVmThatIsGoneTakesItsNumbersWithIt() {
    running.put(ONE, counting(10, 0));
    samples();
    running.clear();
    assertThat(samples()).isEmpty();
  }

  @AfterEach
  void close() throws InterruptedException {
    metrics.close();
  }

  @Test
  void oneThatHangsOrFailsHoldsUpNobodyAndKeepsWhatItHadTold() throws InterruptedException {
    running.put(ONE, counting(10, 0));
    samples();
    running.put(
        ONE,
        new Counting(() -> {
          throw new HostFault("its socket is gone");
        }));
    var asked = new AtomicInteger();
    var given = new CountDownLatch(1);
    running.put(
        TWO,
        new Counting(() -> {
          asked.incrementAndGet();
          try {
            Thread.sleep(Duration.ofMinutes(5));
          } catch (InterruptedException e) {
            given.countDown();
          }
          return MachineMetrics.NONE;
        }));
    long began = System.nanoTime();
    samples();
    assertThat(samples())
        .containsOnly(
            Map.entry(key("visco.vmm.events", "net_eth0.rx_bytes_count", ONE), 10.0),
            Map.entry(key("visco.vmm.level", "seccomp.num_faults", ONE), 7.0));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    assertThat(asked).as("it holds one thread, however often one asks").hasValue(1);
    metrics.close();
    assertThat(given.await(10, TimeUnit.SECONDS)).as("nobody waits for it any more").isTrue();
  }

  @Test
  void machinesAreAskedAlthoughNobodyWantsToKnow() throws InterruptedException {
    var rounds = new AtomicInteger();
    var collector = new AtomicReference<Thread>();
    Supplier<Map<VmId, MachineHandle>> machines =
        () -> {
          collector.set(Thread.currentThread());
          if (rounds.incrementAndGet() == 2) {
            throw new HostFault("the rows cannot be read");
          }
          return Map.of(ONE, counting(1, 0));
        };
    try (var collected = new VmmMetrics(machines, Duration.ofMillis(1))) {
      collected.start();
      Awaitility.await().until(() -> rounds.get() > 4);
    }
    assertThat(collector.get().isAlive()).isFalse();
  }

  /** A line as Firecracker 1.16.1 writes it, shortened to some of each group. */
  private static String line(int received) {
    return """
    {"utc_timestamp_ms":1790000000000,"api_server":{"process_startup_time_us":9000},\
    "block_root":{"read_bytes":4096,"read_count":1,"execute_fails":0,"queue_event_count":3,\
    "read_agg":{"min_us":5,"max_us":80,"sum_us":85}},"block":{"read_bytes":4096},\
    "net_eth0":{"rx_bytes_count":%d,"tap_write_fails":2,"rx_tap_event_count":8},\
    "vcpu":{"exit_io_out":11,"exit_io_out_agg":{"min_us":1,"max_us":2,"sum_us":3}},\
    "latencies_us":{"pause_vm":1200,"resume_vm":0},"seccomp":{"num_faults":1},\
    "signals":{"sigbus":0,"sigpipe":4},"put_api_requests":{"actions_count":6}}
    """
        .formatted(received);
  }

  /** Firecracker's API, which does one thing: it writes a line when it is told to. */
  private static void serve(ServerSocketChannel server, FileChannel fifo) {
    try {
      while (true) {
        try (SocketChannel channel = server.accept()) {
          channel.read(ByteBuffer.allocate(4096));
          fifo.write(ByteBuffer.wrap(line(100).getBytes(StandardCharsets.UTF_8)));
          channel.write(
              ByteBuffer.wrap("HTTP/1.1 204 \r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        }
      }
    } catch (IOException e) {
      return; // It was closed.
    }
  }

  @Test
  void whatFirecrackerWritesIntoItsFifoIsTold(@TempDir Path folder) throws IOException {
    Path jail = Files.createDirectories(folder.resolve("run/direct"));
    Path pipe = folder.resolve("run/metrics.fifo");
    Fifo.make(pipe);
    Path binary = Files.write(folder.resolve("firecracker"), new byte[] {0x7f, 'E', 'L', 'F'});
    var release =
        new Release(
            "1.16.1",
            Version.of("1.16.1"),
            binary,
            new Digest("sha256:" + "0".repeat(64)),
            null,
            null);
    var ref =
        new MachineRef(
            "firecracker", "kvm", new ProcessRef(1, 1, "boot"), jail.resolve("api.sock"), "1.16.1");
    running.put(ONE, new Firecracker(new LinuxHost(), folder, release).handle(ref));
    try (FileChannel fifo = ConsoleLogger.bothEnds(pipe);
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(ref.socket()));
      Thread.ofVirtual().start(() -> serve(server, fifo));
      fifo.write(ByteBuffer.wrap(line(7).getBytes(StandardCharsets.UTF_8)));
      assertThat(samples())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  key("visco.vmm.events", "block_root.read_bytes", ONE), 8192.0,
                  key("visco.vmm.events", "block_root.read_count", ONE), 2.0,
                  key("visco.vmm.events", "block_root.read_agg.sum_us", ONE), 170.0,
                  key("visco.vmm.events", "net_eth0.rx_bytes_count", ONE), 107.0,
                  key("visco.vmm.events", "net_eth0.tap_write_fails", ONE), 4.0,
                  key("visco.vmm.events", "vcpu.exit_io_out", ONE), 22.0,
                  key("visco.vmm.level", "latencies_us.pause_vm", ONE), 1200.0,
                  key("visco.vmm.level", "seccomp.num_faults", ONE), 1.0,
                  key("visco.vmm.level", "signals.sigpipe", ONE), 4.0));
      // The next lines come on top, and what was told once is not told again.
      assertThat(samples())
          .containsEntry(key("visco.vmm.events", "net_eth0.rx_bytes_count", ONE), 207.0);
    }
    // It has ended: what it told stays as long as its VM is called running.
    assertThat(samples())
        .containsEntry(key("visco.vmm.events", "net_eth0.rx_bytes_count", ONE), 207.0);
  }
}
