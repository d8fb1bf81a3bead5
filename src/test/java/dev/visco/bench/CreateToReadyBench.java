package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
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
    try (var visco = ViscoUnderTest.withImage(Map.of()).up();
        var bare = BareGuest.of(visco)) {
      System.out.println(
          "| transport | Visco, create to ready | bare QEMU, start to ssh banner | ratio |");
      System.out.println("|---|---|---|---|");
      for (String transport : List.of("mmio", "pci")) {
        var ours = new ArrayList<Long>();
        var theirs = new ArrayList<Long>();
        for (int round = 0; round < ROUNDS; round++) {
          ours.add(create(visco, transport, 1));
          theirs.add(bare.boot(transport));
        }
        print(transport, ours, theirs);
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

  private static void print(String transport, List<Long> ours, List<Long> theirs) {
    long our = median(ours);
    long their = median(theirs);
    System.out.printf(
        "| %s | %.2f s (%.2f–%.2f) | %.2f s (%.2f–%.2f) | %.3f |%n",
        transport,
        our / 1e3,
        ours.stream().min(Long::compare).orElseThrow() / 1e3,
        ours.stream().max(Long::compare).orElseThrow() / 1e3,
        their / 1e3,
        theirs.stream().min(Long::compare).orElseThrow() / 1e3,
        theirs.stream().max(Long::compare).orElseThrow() / 1e3,
        (double) our / their);
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
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

  /**
   * The same kernel, initramfs, disk layer and seed in a namespace and TAP that are there already.
   */
  private static final class BareGuest implements AutoCloseable {
    private static final String NETNS = "bare-guest";
    private static final String ADDRESS = "192.0.2.2";
    private final Host host = new LinuxHost();
    private final Path folder = Files.createTempDirectory("bare-guest");
    private final JsonNode config;

    private BareGuest(JsonNode config) throws IOException {
      this.config = config;
    }

    /** A VM of Visco's tells what the guest consists of. */
    static BareGuest of(ViscoUnderTest visco) throws IOException {
      String vm = visco.create();
      Path ours = visco.data().resolve("vms").resolve(vm);
      var bare =
          new BareGuest(
              Json.read(Files.readString(ours.resolve("vm-config.json")), JsonNode.class));
      Files.copy(ours.resolve("seed.img"), bare.folder.resolve("seed.img"));
      String info =
          bare.host
              .check(
                  Command.of(
                      "qemu-img",
                      "info",
                      "-U",
                      "--output=json",
                      ours.resolve("root.qcow2").toString()))
              .output();
      String base = Json.read(info, JsonNode.class).path("full-backing-filename").asString();
      Files.writeString(bare.folder.resolve("base"), base);
      visco.ok("rm", vm);
      bare.host.check(Command.of("ip", "-batch", "-").withInput("netns add " + NETNS + "\n"));
      bare.host.check(
          Command.of("ip", "-batch", "-")
              .withInput(
                  """
                  link set lo up
                  tuntap add tap0 mode tap vnet_hdr
                  addr add 192.0.2.1/24 dev tap0
                  link set tap0 up
                  """)
              .inNetns(NETNS));
      return bare;
    }

    long boot(String transport) throws Exception {
      Path base = Path.of(Files.readString(folder.resolve("base")));
      Path layer = folder.resolve("root.qcow2");
      long start = System.nanoTime();
      host.check(
          Command.of(
              "qemu-img",
              "create",
              "-q",
              "-f",
              "qcow2",
              "-F",
              "raw",
              "-b",
              base.toString(),
              layer.toString()));
      String bus = transport.equals("pci") ? "pci,disable-legacy=on" : "device";
      String arguments =
          config.path("boot-source").path("boot_args").asString().replaceAll(" ip=\\S+", "")
              + " ip="
              + ADDRESS
              + "::192.0.2.1:255.255.255.0:bare:eth0:off";
      Process qemu =
          new ProcessBuilder(
                  "nsenter",
                  "--net=/run/netns/" + NETNS,
                  "--",
                  "qemu-system-x86_64",
                  "-nodefaults",
                  "-no-reboot",
                  "-display",
                  "none",
                  "-serial",
                  "null",
                  "-M",
                  transport.equals("pci") ? "microvm,pcie=on" : "microvm",
                  "-accel",
                  "tcg,thread=single",
                  "-cpu",
                  "max",
                  "-m",
                  "256M",
                  "-kernel",
                  config.path("boot-source").path("kernel_image_path").asString(),
                  "-initrd",
                  config.path("boot-source").path("initrd_path").asString(),
                  "-append",
                  arguments,
                  "-drive",
                  "if=none,id=root,format=qcow2,file=" + layer,
                  "-device",
                  "virtio-blk-" + bus + ",drive=root",
                  "-drive",
                  "if=none,id=seed,format=raw,readonly=on,file=" + folder.resolve("seed.img"),
                  "-device",
                  "virtio-blk-" + bus + ",drive=seed",
                  "-netdev",
                  "tap,id=net0,ifname=tap0,script=no,downscript=no,vhost=off",
                  "-device",
                  "virtio-net-"
                      + bus
                      + ",netdev=net0"
                      + (transport.equals("pci") ? ",romfile=" : ""),
                  "-object",
                  "rng-random,id=rng0,filename=/dev/urandom",
                  "-device",
                  "virtio-rng-" + bus + ",rng=rng0")
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("qemu.log").toFile())
              .start();
      try {
        Process watch = banner();
        assertThat(watch.waitFor()).isZero();
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
      } finally {
        qemu.destroyForcibly().waitFor();
      }
    }

    /** Connects every 20 ms until the banner is there. */
    private static Process banner() throws IOException {
      return new ProcessBuilder(
              "nsenter",
              "--net=/run/netns/" + NETNS,
              "--",
              ProcessHandle.current().info().command().orElseThrow(),
              "-Xshare:auto",
              "-cp",
              System.getProperty("java.class.path"),
              Banner.class.getName(),
              ADDRESS)
          .inheritIO()
          .start();
    }

    @Override
    public void close() throws IOException {
      host.run(Command.of("ip", "netns", "del", NETNS));
      DurableFiles.deleteTree(folder);
    }
  }

  /** Waits for an ssh banner. */
  public static final class Banner {
    private Banner() {}

    public static void main(String[] address) throws InterruptedException {
      while (true) {
        try (var socket = new Socket()) {
          socket.connect(new InetSocketAddress(address[0], 22), 200);
          socket.setSoTimeout(10_000);
          if (new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII)
              .equals("SSH-")) {
            return;
          }
        } catch (IOException e) {
          Thread.sleep(20);
        }
      }
    }
  }
}
