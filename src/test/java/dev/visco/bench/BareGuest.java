package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The same kernel, initramfs, disk layer and seed in a namespace and TAP that are there already.
 */
final class BareGuest implements AutoCloseable {
  private final String netns;
  private static final String ADDRESS = "192.0.2.2";

  /** Known to the host, as Visco's guests are: the host would ask for it once a second. */
  private static final String MAC = "52:54:00:12:34:56";

  private final Host host = new LinuxHost();
  private final Path folder = Files.createTempDirectory("bare-guest");
  private final JsonNode config;

  private BareGuest(String type, JsonNode config) throws IOException {
    this.netns = "bare-" + type;
    this.config = config;
  }

  /** A VM of Visco's tells what the guest consists of. */
  static BareGuest of(ViscoUnderTest visco, String type) throws IOException {
    String vm = visco.create("--type", type);
    Path ours = visco.data().resolve("vms").resolve(vm);
    var bare =
        new BareGuest(
            type, Json.read(Files.readString(ours.resolve("vm-config.json")), JsonNode.class));
    Files.copy(ours.resolve("seed.img"), bare.folder.resolve("seed.img"));
    Path password = ours.resolve("keys/vnc-password");
    if (Files.exists(password)) {
      Files.copy(password, bare.folder.resolve("vnc-password"));
    }
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
    bare.host.check(Command.of("ip", "-batch", "-").withInput("netns add " + bare.netns + "\n"));
    bare.host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                """
                link set lo up
                tuntap add tap0 mode tap vnet_hdr
                addr add 192.0.2.1/24 dev tap0
                link set tap0 up
                neigh add %s lladdr %s dev tap0 nud permanent
                """
                    .formatted(ADDRESS, MAC))
            .inNetns(bare.netns));
    return bare;
  }

  /**
   * What a boot showed.
   *
   * @param millis until its watcher ended
   * @param marks what the watcher wrote down: a name and the milliseconds until then
   */
  record Boot(long millis, Map<String, Long> marks) {}

  /** With which processor and kernel parameters it boots. */
  enum Tuning {
    /** As one would write it by hand: all that the emulator has, and none of Visco's parameters. */
    BY_HAND("max", " cryptomgr.notests norandmaps"),
    /** Those of Visco's machines. */
    VISCOS("max,-erms", "");

    private final String processor;
    private final String without;

    Tuning(String processor, String without) {
      this.processor = processor;
      this.without = without;
    }
  }

  /**
   * Boots it and has it watched.
   *
   * @param watcher a program in the guest's network that is given the guest's address and this
   *     folder, prints a name and the time in milliseconds for each thing that it sees, and ends
   *     once it has seen all
   */
  Boot boot(String transport, Tuning tuning, Class<?> watcher) throws Exception {
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
        config
                .path("boot-source")
                .path("boot_args")
                .asString()
                .replaceAll(" ip=\\S+", "")
                .replace(tuning.without, "")
            + " ip="
            + ADDRESS
            + "::192.0.2.1:255.255.255.0:bare:eth0:off";
    JsonNode initrd = config.path("boot-source").path("initrd_path");
    List<String> initramfs =
        initrd.asString("").isEmpty() ? List.of() : List.of("-initrd", initrd.asString());
    int vcpus = config.path("machine-config").path("vcpu_count").asInt();
    long launched = System.currentTimeMillis();
    var command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=/run/netns/" + netns,
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
                "tcg,thread=" + (vcpus == 1 ? "single" : "multi"),
                "-cpu",
                tuning.processor,
                "-smp",
                "" + vcpus,
                "-m",
                config.path("machine-config").path("mem_size_mib").asInt() + "M",
                "-kernel",
                config.path("boot-source").path("kernel_image_path").asString(),
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
                    + ",netdev=net0,mac="
                    + MAC
                    + (transport.equals("pci") ? ",romfile=" : ""),
                "-object",
                "rng-random,id=rng0,filename=/dev/urandom",
                "-device",
                "virtio-rng-" + bus + ",rng=rng0"));
    command.addAll(initramfs);
    Process qemu =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("qemu.log").toFile())
            .start();
    try {
      Process watch = watch(watcher);
      var marks = new LinkedHashMap<String, Long>();
      try (var said = watch.inputReader()) {
        said.lines()
            .map(line -> line.split(" ", 2))
            .forEach(words -> marks.put(words[0], Long.parseLong(words[1]) - launched));
      }
      assertThat(watch.waitFor()).isZero();
      return new Boot(Duration.ofNanos(System.nanoTime() - start).toMillis(), marks);
    } finally {
      qemu.destroyForcibly().waitFor();
    }
  }

  private Process watch(Class<?> watcher) throws IOException {
    return new ProcessBuilder(
            "nsenter",
            "--net=/run/netns/" + netns,
            "--",
            ProcessHandle.current().info().command().orElseThrow(),
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            watcher.getName(),
            ADDRESS,
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Override
  public void close() throws IOException {
    host.run(Command.of("ip", "netns", "del", netns));
    DurableFiles.deleteTree(folder);
  }
}
