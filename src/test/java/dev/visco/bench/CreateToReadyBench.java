package dev.visco.bench;

import static dev.visco.bench.Medians.median;
import static dev.visco.bench.Medians.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.bench.BareGuest.Tuning;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * How long a create takes until the VM is proven to work, against the same guest started by a bare
 * QEMU command and watched for its ssh banner. Both run in turns, so that the ratio does not depend
 * on what else the host does. Run it by {@code bench/create-to-ready}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class CreateToReadyBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 7);

  @Test
  void oneAtATime() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      oneAtATime(visco);
    }
  }

  /** Both with the kernel lean; it must have been built before (with {@code --all}). */
  @Test
  void oneAtATimeWithLean() throws Exception {
    try (var visco = ViscoUnderTest.withLean(Map.of()).up()) {
      oneAtATime(visco);
    }
  }

  private static void oneAtATime(ViscoUnderTest visco) throws Exception {
    try (var bare = BareGuest.of(visco, "cli")) {
      System.out.println(
          "| transport | Visco, create to ready | bare QEMU by hand, start to ssh banner | ratio"
              + " | with Visco's processor and parameters | ratio |");
      System.out.println("|---|---|---|---|---|---|");
      for (String transport : List.of("mmio", "pci")) {
        var ours = new ArrayList<Long>();
        var byHand = new ArrayList<Long>();
        var tuned = new ArrayList<Long>();
        for (int round = 0; round < ROUNDS; round++) {
          ours.add(create(visco, transport, 1));
          byHand.add(bare.boot(transport, Tuning.BY_HAND, Banner.class).millis());
          tuned.add(bare.boot(transport, Tuning.VISCOS, Banner.class).millis());
        }
        double our = median(ours);
        System.out.printf(
            "| %s | %s | %s | %.2f | %s | %.2f |%n",
            transport,
            seconds(ours),
            seconds(byHand),
            our / median(byHand),
            seconds(tuned),
            our / median(tuned));
      }
    }
  }

  @Test
  void manyAtOnce() throws Exception {
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "20", "VISCO_VMS_PER_USER", "50"))
            .up()) {
      System.out.println("| VMs at once | last one ready | each |");
      System.out.println("|---|---|---|");
      for (int count : List.of(1, 5, 20)) {
        long millis = create(visco, "mmio", count);
        System.out.printf("| %d | %.1f s | %.1f s |%n", count, millis / 1e3, millis / 1e3 / count);
      }
    }
  }

  @Test
  void atRestWithTwenty() throws Exception {
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "20", "VISCO_VMS_PER_USER", "50"))
            .up()) {
      var vms = new ArrayList<String>();
      int count = 20;
      createAll(visco, "mmio", count).forEach(vm -> vms.add(vm.path("vmId").asString()));
      visco.killDaemon();
      visco.ok("up", "--no-vm");
      visco.ok("ps");
      Path status = Path.of("/proc/" + visco.daemonPid() + "/status");
      String resident =
          Files.readAllLines(status).stream()
              .filter(line -> line.startsWith("VmRSS"))
              .findFirst()
              .orElseThrow();
      System.out.printf(
          "daemon with %d VMs: %d MiB resident%n",
          vms.size(), Long.parseLong(resident.replaceAll("\\D", "")) / 1024);
    }
  }

  /** Milliseconds until the last of {@code count} VMs is ready; they are destroyed afterwards. */
  private static long create(ViscoUnderTest visco, String transport, int count) throws Exception {
    long start = System.nanoTime();
    List<JsonNode> vms = createAll(visco, transport, count);
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    for (JsonNode vm : vms) {
      visco.ok("rm", vm.path("vmId").asString());
    }
    return millis;
  }

  private static List<JsonNode> createAll(ViscoUnderTest visco, String transport, int count)
      throws Exception {
    String body = "{\"userId\":\"bench\",\"vmType\":\"cli\",\"transport\":\"" + transport + "\"}";
    Callable<JsonNode> one = () -> visco.post("/api/vms?wait=ready", body);
    var vms = new ArrayList<JsonNode>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var vm : threads.invokeAll(IntStream.range(0, count).mapToObj(i -> one).toList())) {
        assertThat(vm.get().path("state").asString()).isEqualTo("ready");
        vms.add(vm.get());
      }
    }
    return vms;
  }

  /** Waits for an ssh banner. */
  public static final class Banner {
    private Banner() {}

    public static void main(String[] address) throws InterruptedException {
      while (true) {
        try (var socket = new Socket()) {
          socket.connect(new InetSocketAddress(address[0], 22), 20);
          socket.setSoTimeout(10_000);
          if (new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII)
              .equals("SSH-")) {
            return;
          }
        } catch (IOException e) {
          Thread.sleep(10);
        }
      }
    }
  }
}
