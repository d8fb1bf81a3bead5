package dev.visco.vmm.firecracker;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.model.BootSpec;
import dev.visco.model.Transport;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.LaunchSite;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.ProbeGuest;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.release.Release;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * What the driver adds to a bare Firecracker: from {@code launch} to the guest's first byte, from
 * {@code restore} to its first echo, and one API call. All variants run in turns, with real
 * Firecracker and the probe guest. Run it by {@code bench/firecracker-driver}.
 */
@EnabledIfEnvironmentVariable(
    named = "VISCO_FIRECRACKER",
    matches = ".+",
    disabledReason = RealReleases.WHY_NOT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FirecrackerDriverBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 25);
  private static final int WARM_UP = 10;
  private static final Duration MAX_WAIT = Duration.ofSeconds(20);
  private static final String BARE_TAP = "viscobare0";

  private LaunchSite site;
  private Keyboard keyboard;
  private int number;

  @BeforeAll
  void open() {
    site = new LaunchSite();
    keyboard = new Keyboard(site.root.resolve("keyboard"));
    ProbeGuest.forFirecracker(site.root.resolve("probe"));
    site.host.check(Command.of("chmod", "666", "/dev/kvm"));
    site.host.run(Command.of("ip", "link", "del", BARE_TAP));
    site.host.check(Command.of("ip", "tuntap", "add", BARE_TAP, "mode", "tap", "vnet_hdr"));
  }

  @AfterAll
  void close() throws IOException {
    if (site != null) {
      keyboard.close();
      site.host.run(Command.of("ip", "link", "del", BARE_TAP));
      site.host.check(Command.of("chmod", "600", "/dev/kvm"));
      Cgroups.ofHost().removeParent(site.installation);
      site.close();
    }
  }

  private BootSpec spec() throws IOException {
    SpecBuilder spec = site.bareSpec(site.root.resolve("probe"));
    spec.transport = Transport.MMIO;
    spec.memoryMib = 128;
    Path disk = spec.folder.resolve("root.img");
    try (var file = new java.io.RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(16 << 20);
    }
    Files.setAttribute(disk, "unix:uid", site.uid());
    spec.disks = List.of(new BootSpec.Disk(disk, BootSpec.DiskFormat.RAW, false));
    return spec.build();
  }

  private Firecracker vmm(Release release) {
    return new Firecracker(site.host, site.cache(), release, Cgroups.ofHost(), keyboard.fifo);
  }

  @Test
  void launchToFirstByte() throws IOException {
    System.out.println("| launch to first byte | bare | directly | bare jailer | by its jailer |");
    System.out.println("|---|---|---|---|---|");
    for (Release release : RealReleases.all()) {
      var jailed = vmm(release);
      var direct = vmm(RealReleases.direct(release));
      var times =
          List.of(
              new ArrayList<Long>(),
              new ArrayList<Long>(),
              new ArrayList<Long>(),
              new ArrayList<Long>());
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        var took =
            List.of(bareLaunch(release), ourLaunch(direct), bareJailer(release), ourLaunch(jailed));
        for (int column = 0; round >= 0 && column < took.size(); column++) {
          times.get(column).add(took.get(column));
        }
      }
      print(release.version().toString(), times);
    }
  }

  private long ourLaunch(Firecracker vmm) throws IOException {
    BootSpec spec = spec();
    long start = System.nanoTime();
    var first = new MachineMonitor(spec.console());
    MachineHandle machine = vmm.launch(spec);
    long took = first.await() - start;
    machine.stop(Duration.ZERO);
    return took;
  }

  /** Sees the first byte when it comes, also while a launch still waits for its answer. */
  private static final class MachineMonitor {
    private volatile long seen;
    private final Thread thread;

    MachineMonitor(Path console) {
      thread =
          Thread.ofPlatform()
              .start(() -> {
                long end = System.nanoTime() + MAX_WAIT.toNanos();
                while (console.toFile().length() == 0 && System.nanoTime() < end) {
                  LockSupport.parkNanos(100_000);
                }
                seen = console.toFile().length() == 0 ? 0 : System.nanoTime();
              });
    }

    long await() {
      try {
        thread.join();
        if (seen == 0) {
          throw new AssertionError("the guest said nothing within " + MAX_WAIT);
        }
        return seen;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private Path bareFolder() throws IOException {
    return Files.createDirectory(site.root.resolve("bare-" + number++));
  }

  private Process bare(Release release, Path folder, List<String> more) throws IOException {
    var words = new ArrayList<>(List.of(release.firecracker().toString()));
    words.addAll(more);
    words.addAll(List.of("--api-sock", "api.sock", "--log-path", "log", "--level", "Warning"));
    words.addAll(List.of("--metrics-path", "metrics"));
    Files.createFile(folder.resolve("log"));
    Files.createFile(folder.resolve("metrics"));
    return new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true).start();
  }

  private long bareLaunch(Release release) throws IOException {
    Path folder = bareFolder();
    BootSpec spec = spec();
    var config =
        Json.line(
                VmConfig.of(
                    spec,
                    new KernelArguments(spec, release.version(), release.isEmulated()).told()))
            .replace("\"tap0\"", "\"" + BARE_TAP + "\"");
    Files.writeString(folder.resolve("c.json"), config);
    long start = System.nanoTime();
    Process process = bare(release, folder, List.of("--config-file", "c.json"));
    if (process.getInputStream().read() < 0) {
      throw new AssertionError(Files.readString(folder.resolve("log")));
    }
    long took = System.nanoTime() - start;
    process.destroyForcibly().onExit().join();
    DurableFiles.deleteTree(folder);
    return took;
  }

  /** What an operator's shortest script would do: the same jail by hand, and no control groups. */
  private long bareJailer(Release release) throws IOException {
    Path folder = bareFolder();
    Path root = Files.createDirectories(folder.resolve("firecracker/bare/root"));
    BootSpec spec = spec();
    Files.writeString(
        root.resolve("c.json"),
        Json.line(
            VmConfig.of(
                spec,
                new KernelArguments(spec, release.version(), release.isEmulated()).told(),
                Jail.files(spec))));
    Files.createLink(root.resolve(Jail.KERNEL), spec.kernel());
    Files.createLink(root.resolve(Jail.disk(0)), spec.disks().getFirst().file());
    String uid = Integer.toString(site.uid());
    var words =
        List.of(
            Objects.requireNonNull(release.jailer()).toString(),
            "--id",
            "bare",
            "--exec-file",
            release.firecracker().toString(),
            "--uid",
            uid,
            "--gid",
            uid,
            "--chroot-base-dir",
            folder.toString(),
            "--netns",
            "/run/netns/" + site.netns(),
            "--",
            "--config-file",
            "c.json",
            "--api-sock",
            "api.sock",
            // Without it the log would stand in the console.
            "--log-path",
            "log");
    Files.setAttribute(Files.createFile(root.resolve("log")), "unix:uid", site.uid());
    Path console = Files.createFile(folder.resolve("console"));
    long start = System.nanoTime();
    var first = new MachineMonitor(console);
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(console.toFile())
            .start();
    long took = first.await() - start;
    process.destroyForcibly().onExit().join();
    String said = Files.readString(console);
    if (!said.startsWith(ProbeGuest.GREETING.substring(0, 1))) {
      throw new AssertionError("the bare jailer said: " + said);
    }
    DurableFiles.deleteTree(folder);
    return took;
  }

  @Test
  void restoreToFirstEcho() throws IOException {
    System.out.println("| restore to first echo | bare | by its jailer | directly |");
    System.out.println("|---|---|---|---|");
    for (Release release : RealReleases.all()) {
      var jailed = vmm(release);
      var direct = vmm(RealReleases.direct(release));
      BootSpec spec = spec();
      MachineHandle machine = jailed.launch(spec);
      LaunchSite.awaitConsole(spec.folder(), ProbeGuest.GREETING);
      machine.pause();
      Path snapshot = Files.createDirectory(site.root.resolve("snapshot-" + release.name()));
      machine.snapshot(snapshot);
      machine.stop(Duration.ZERO);
      var times = List.of(new ArrayList<Long>(), new ArrayList<Long>(), new ArrayList<Long>());
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        long bare = bareRestore(release, snapshot);
        long one = ourRestore(jailed, snapshot);
        long two = ourRestore(direct, snapshot);
        if (round >= 0) {
          times.get(0).add(bare);
          times.get(1).add(one);
          times.get(2).add(two);
        }
      }
      print(release.version().toString(), times);
    }
  }

  private long ourRestore(Firecracker vmm, Path snapshot) throws IOException {
    BootSpec spec = spec();
    keyboard.type("x");
    long start = System.nanoTime();
    var first = new MachineMonitor(spec.console());
    MachineHandle machine = vmm.restore(spec, snapshot);
    long took = first.await() - start;
    machine.stop(Duration.ZERO);
    return took;
  }

  private long bareRestore(Release release, Path snapshot) throws IOException {
    Path folder = bareFolder();
    BootSpec spec = spec();
    Files.createLink(folder.resolve(Jail.disk(0)), spec.disks().getFirst().file());
    Files.createLink(folder.resolve("s"), snapshot.resolve(Jail.SNAPSHOT_STATE));
    Files.createLink(folder.resolve("m"), snapshot.resolve(Jail.SNAPSHOT_MEMORY));
    // Releases before 1.12 open the very TAP of the snapshot, which only its namespace has.
    String tap =
        release.features().hasNetworkOverrides()
            ? ",\"network_overrides\":[{\"iface_id\":\"eth0\",\"host_dev_name\":\""
                + BARE_TAP
                + "\"}]"
            : "";
    if (tap.isEmpty()) {
      site.host.run(Command.of("ip", "tuntap", "add", "tap0", "mode", "tap", "vnet_hdr"));
    }
    long start = System.nanoTime();
    Process process = bare(release, folder, List.of());
    process.getOutputStream().write('x');
    process.getOutputStream().flush();
    String body =
        "{\"snapshot_path\":\"s\",\"mem_backend\":{\"backend_type\":\"File\",\"backend_path\":\"m\"}"
            + ",\"resume_vm\":true"
            + tap
            + "}";
    bareCall(folder.resolve("api.sock"), "PUT /snapshot/load", body);
    if (process.getInputStream().read() < 0) {
      throw new AssertionError(Files.readString(folder.resolve("log")));
    }
    long took = System.nanoTime() - start;
    process.destroyForcibly().onExit().join();
    DurableFiles.deleteTree(folder);
    if (tap.isEmpty()) {
      site.host.run(Command.of("ip", "link", "del", "tap0"));
    }
    return took;
  }

  /** One request on a connection as soon as somebody listens; its answer is not waited for. */
  private static void bareCall(Path socket, String what, String body) {
    while (true) {
      try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(socket));
        String request = what + " HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
        channel.read(ByteBuffer.allocate(1024));
        return;
      } catch (IOException e) {
        LockSupport.parkNanos(100_000);
      }
    }
  }

  @Test
  void roundTrip() throws IOException {
    System.out.println("| GET / | a connection for each call | one connection, bare |");
    System.out.println("|---|---|---|");
    for (Release release : RealReleases.all()) {
      BootSpec spec = spec();
      MachineHandle machine = vmm(release).launch(spec);
      var client = new FirecrackerApi(machine.ref().socket(), Duration.ofSeconds(5));
      var ours = new ArrayList<Long>();
      var bare = new ArrayList<Long>();
      ByteBuffer request =
          ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(machine.ref().socket()));
        for (int call = 0; call < 2000; call++) {
          long start = System.nanoTime();
          client.get("/");
          long between = System.nanoTime();
          channel.write(request.rewind());
          channel.read(answer.clear());
          ours.add(between - start);
          bare.add(System.nanoTime() - between);
        }
      }
      machine.stop(Duration.ZERO);
      System.out.printf(
          "| %s | %.3f ms | %.3f ms |%n",
          release.version(), median(ours.subList(1000, 2000)), median(bare.subList(1000, 2000)));
    }
  }

  private static void print(String what, List<? extends List<Long>> times) {
    double bare = median(times.getFirst());
    var line = new StringBuilder("| " + what + " | ");
    for (List<Long> column : times) {
      double ours = median(column);
      line.append("%.1f ms".formatted(ours));
      if (column != times.getFirst()) {
        line.append(" (+%.1f)".formatted(ours - bare));
      }
      line.append(" | ");
    }
    System.out.println(line.toString().strip());
  }

  private static double median(List<Long> nanos) {
    var sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2) / 1e6;
  }
}
