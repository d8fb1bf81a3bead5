package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.host.SealedMemory;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Clones of a snapshot of Visco's as a careful person makes them without it: QEMU with the very
 * options of a clone of Visco's, a private mapping of the same sealed memory, a layer over the same
 * disk, a namespace and a TAP that are there already, and OpenSSH.
 */
final class BareClones implements AutoCloseable {
  /** What is done before the first command. */
  enum Care {
    /** Nothing: it is the same machine as all the others. */
    NONE,
    /**
     * In one command: randomness of the host's, used at once; a host name, machine-id, host key and
     * address of its own. Its former address stays beside it, so that the first command goes by the
     * same sign-in.
     */
    ONE_SIGN_IN,
    /**
     * The same with a MAC of its own, and without its former address; the first command signs in at
     * its own address, and so proves its own host key.
     */
    PROVEN
  }

  private static final String ADDRESS = "192.0.2.7";
  private static final String GATEWAY = "192.0.2.1";
  private static final String NETNS = "bare-clone-";

  /** RNDADDENTROPY and RNDRESEEDCRNG of random(4). */
  private static final String RESEED =
      "open(my $r, '>', '/dev/urandom'); read(STDIN, my $s, 32);"
          + " ioctl($r, 0x40085203, pack('ii', 256, 32).$s) or die;"
          + " ioctl($r, 0x5207, 0) or die";

  private final Host host = new LinuxHost();
  private final Path folder = Files.createTempDirectory("bare-clones");
  private final List<String> qemu;
  private final Path state;
  private final Path disk;
  private final SealedMemory memory;
  private final JsonNode link;
  private final int count;

  /** That its guest knows its gateway by. */
  private final String gatewayMac;

  private final Map<Integer, ProcessRef> running = new HashMap<>();

  private BareClones(List<String> qemu, Path files, String gatewayMac, int count)
      throws IOException {
    this.gatewayMac = gatewayMac;
    this.qemu = qemu;
    this.count = count;
    this.state = files.resolve("machine/state");
    this.disk = files.resolve("root.qcow2");
    this.memory = SealedMemory.copyOf("bare-clones", files.resolve("machine/memory"));
    this.link =
        Json.read(Files.readString(files.resolve("guest.json")), JsonNode.class).path("link");
    for (int number = 0; number < count; number++) {
      network(number);
    }
  }

  /**
   * Of the only snapshot that there is.
   *
   * @param parent whose snapshot it will be; it lets this bench sign in, too
   * @param snapshot the name under which it is taken
   * @param count how many there may be at once
   */
  static BareClones of(ViscoUnderTest visco, String parent, String snapshot, int count)
      throws Exception {
    Path keys = Files.createTempDirectory("bare-clones-key");
    Host host = new LinuxHost();
    host.check(
        Command.of(
            "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys.resolve("key").toString()));
    String key = Files.readString(keys.resolve("key.pub")).strip();
    String neighbours = visco.ok("exec", parent, "--", "cat", "/proc/net/arp");
    String mac =
        neighbours
            .lines()
            .flatMap(line -> Stream.of(line.split(" +")))
            .filter(word -> word.matches("([0-9a-f]{2}:){5}[0-9a-f]{2}"))
            .findFirst()
            .orElseThrow();
    visco.ok(
        "exec",
        parent,
        "--",
        "sh",
        "-c",
        "printf '\\n%s\\n' '" + key + "' >>/run/visco/authorized_keys");
    Path snapshots = visco.data().resolve("snapshots");
    List<Path> before = folders(snapshots);
    visco.ok("snapshot", "create", parent, "--name", snapshot, "--keep");
    Path files =
        folders(snapshots).stream().filter(one -> !before.contains(one)).findFirst().orElseThrow();
    JsonNode made =
        visco.post("/api/vms?wait=ready", "{\"userId\":\"bench\",\"from\":\"" + snapshot + "\"}");
    String clone = made.path("vmId").asString();
    long pid = visco.json("inspect", clone).path("pid").asLong();
    List<String> words =
        List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0"));
    visco.ok("rm", clone);
    var bare = new BareClones(words, files, mac, count);
    for (String name : List.of("key", "key.pub")) {
      Files.move(keys.resolve(name), bare.folder.resolve(name));
    }
    Files.delete(keys);
    return bare;
  }

  private static List<Path> folders(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (var all = Files.list(folder)) {
      return all.filter(Files::isDirectory).toList();
    }
  }

  private String text(String field) {
    return link.path(field).asString();
  }

  private void network(int number) {
    String netns = NETNS + number;
    host.check(Command.of("ip", "-batch", "-").withInput("netns add " + netns + "\n"));
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                """
                link set lo up
                tuntap add tap0 mode tap vnet_hdr
                addr add %s/32 dev tap0
                addr add %s/24 dev tap0
                link set tap0 address %s
                link set tap0 up
                route add %s/32 dev tap0 src %s
                neigh replace %s lladdr %s dev tap0 nud permanent
                """
                    .formatted(
                        text("gateway"),
                        GATEWAY,
                        gatewayMac,
                        text("address"),
                        text("gateway"),
                        text("address"),
                        text("mac")))
            .inNetns(netns));
  }

  /** Milliseconds until the first command in a clone has ended; it stays. */
  long start(int number, Care care) throws Exception {
    long start = System.nanoTime();
    Path mine = Files.createDirectories(folder.resolve("" + number));
    Path layer = mine.resolve("root.qcow2");
    host.check(
        Command.of(
            "qemu-img",
            "create",
            "-q",
            "-f",
            "qcow2",
            "-F",
            "qcow2",
            "-b",
            disk.toString(),
            layer.toString()));
    Files.deleteIfExists(mine.resolve("qmp"));
    ProcessRef process =
        host.start(
            new Detached(command(number, mine, layer), mine.resolve("log"))
                .withThird(memory.path()));
    synchronized (running) {
      running.put(number, process);
    }
    load(mine);
    switch (care) {
      case NONE -> ssh(number, text("address"), "true");
      case ONE_SIGN_IN -> {
        identity(number, mine, false);
        ssh(number, text("address"), "true");
      }
      case PROVEN -> {
        identity(number, mine, true);
        await(number);
        ssh(number, ADDRESS, "true");
      }
    }
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }

  /** The words of Visco's clone with this one's files, namespace and TAP. */
  private List<String> command(int number, Path mine, Path layer) throws IOException {
    Path seed = mine.resolve("seed.img");
    if (!Files.exists(seed)) {
      try (var file =
          FileChannel.open(seed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.allocate(1), (64 << 10) - 1);
      }
    }
    var words = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + NETNS + number, "--"));
    for (String word : qemu) {
      words.add(
          word.replaceFirst("file=[^,]*/root\\.qcow2", "file=" + layer)
              .replaceFirst("file=[^,]*/seed\\.img", "file=" + seed)
              .replaceFirst("ifname=[^,]*", "ifname=tap0")
              .replaceFirst("^file,id=console,append=on,path=.*", "file,id=console,path=/dev/null")
              .replaceFirst("(^socket,id=qmp,.*path=).*", "$1" + mine.resolve("qmp"))
              .replaceFirst("^visco-.*", "bare-clone-" + number));
    }
    return words;
  }

  private void load(Path mine) throws IOException, InterruptedException {
    try (SocketChannel channel = connected(mine.resolve("qmp"));
        BufferedReader lines =
            new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
      lines.readLine();
      ask(channel, lines, "{\"execute\":\"qmp_capabilities\"}");
      Path incoming = mine.resolve("state.sock");
      Files.deleteIfExists(incoming);
      ask(
          channel,
          lines,
          "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"unix:" + incoming + "\"}}");
      try (var into = SocketChannel.open(UnixDomainSocketAddress.of(incoming));
          FileChannel from = FileChannel.open(state)) {
        for (long at = 0; at < from.size(); ) {
          at += from.transferTo(at, from.size() - at, into);
        }
      }
      while (!ask(channel, lines, "{\"execute\":\"query-migrate\"}").contains("completed")) {
        Thread.sleep(1);
      }
      ask(channel, lines, "{\"execute\":\"cont\"}");
    }
  }

  /** As soon as QEMU listens. */
  private static SocketChannel connected(Path socket) throws IOException, InterruptedException {
    for (int tries = 0; ; tries++) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
        return channel;
      } catch (IOException e) {
        channel.close();
        if (tries > 2000) {
          throw e;
        }
        Thread.sleep(2);
      }
    }
  }

  private static String ask(SocketChannel channel, BufferedReader lines, String command)
      throws IOException {
    channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
    while (true) {
      String line = Objects.requireNonNull(lines.readLine());
      if (line.startsWith("{\"return\"")) {
        return line;
      }
      assertThat(line).doesNotStartWith("{\"error\"");
    }
  }

  /**
   * @param isProven whether its former address goes, and so the connection
   */
  private void identity(int number, Path mine, boolean isProven) throws Exception {
    for (String name : List.of("ssh_host_ed25519_key", "ssh_host_ed25519_key.pub", "known")) {
      Files.deleteIfExists(mine.resolve(name));
    }
    Path key = mine.resolve("ssh_host_ed25519_key");
    host.check(Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()));
    String address =
        isProven
            ? """
            (sleep 0.1
            ip addr flush dev eth0 scope global
            ip link set dev eth0 address 02:00:00:00:00:07
            ip addr add %s/24 dev eth0
            ip route replace default via %s) </dev/null >/dev/null 2>&1 &
            """
                .formatted(ADDRESS, GATEWAY)
            : """
            ip addr add %s/24 dev eth0
            ip route replace default via %s
            """
                .formatted(ADDRESS, GATEWAY);
    String script =
        """
        set -e
        perl -e "%s"
        cat >/run/visco/ssh_host_ed25519_key <<END
        %sEND
        hostname bare-%d
        echo %s >/etc/machine-id
        kill -HUP $(cat /run/sshd.pid)
        %s\
        """
            .formatted(
                RESEED.replace("$", "\\$"),
                Files.readString(key),
                number,
                "%032x".formatted(number + 1),
                address);
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    run(mine.resolve("ssh.log"), sshCommand(number, text("address"), script), random);
  }

  /** Until it takes connections at its own address; ssh itself waits a second when one is lost. */
  private void await(int number) throws Exception {
    String open = "for i in $(seq 200); do timeout 0.1 bash -c ': </dev/tcp/%s/22' && exit; done";
    run(
        folder.resolve(number + "/ssh.log"),
        List.of(
            "nsenter",
            "--net=/run/netns/" + NETNS + number,
            "--",
            "bash",
            "-c",
            open.formatted(ADDRESS)),
        new byte[0]);
  }

  private void ssh(int number, String address, String command) throws Exception {
    run(folder.resolve(number + "/ssh.log"), sshCommand(number, address, command), new byte[0]);
  }

  private List<String> sshCommand(int number, String address, String command) {
    Path mine = folder.resolve("" + number);
    return List.of(
        "nsenter",
        "--net=/run/netns/" + NETNS + number,
        "--",
        "ssh",
        "-F",
        "/dev/null",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-o",
        "LogLevel=ERROR",
        "-o",
        "ConnectTimeout=1",
        "-o",
        "KexAlgorithms=ecdh-sha2-nistp256",
        "-o",
        "ControlMaster=auto",
        "-o",
        "ControlPersist=yes",
        "-o",
        "ControlPath=" + mine.resolve("ssh-%h"),
        "-i",
        folder.resolve("key").toString(),
        "root@" + address,
        command);
  }

  /** Again and again: its sshd may be starting anew. */
  private static void run(Path log, List<String> command, byte[] input) throws Exception {
    int code = 255;
    for (int tries = 0; tries < 50 && code == 255; tries++) {
      if (tries > 0) {
        Thread.sleep(5);
      }
      // A connection that is kept keeps the output of whoever began it.
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(input);
      }
      code = process.waitFor();
    }
    assertThat(code).as("%s said: %s", command, Files.readString(log)).isZero();
  }

  /** Milliseconds until the last of them has run its first command. */
  long together(Care care) throws Exception {
    long start = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var one :
          threads.invokeAll(
              IntStream.range(0, count)
                  .<Callable<Long>>mapToObj(number -> () -> start(number, care))
                  .toList())) {
        one.get();
      }
    }
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }

  /** Processes of those that run. */
  List<Long> pids() {
    synchronized (running) {
      return running.values().stream().map(ProcessRef::pid).toList();
    }
  }

  /** Ends those that run. */
  void stop() throws Exception {
    synchronized (running) {
      for (int number : running.keySet()) {
        for (String address : List.of(text("address"), ADDRESS)) {
          Path control = folder.resolve(number + "/ssh-" + address);
          if (Files.exists(control)) {
            host.run(
                Command.of("ssh", "-O", "exit", "-o", "ControlPath=" + control, "root@" + address));
          }
        }
        ProcessHandle.of(running.get(number).pid())
            .ifPresent(process -> {
              process.destroyForcibly();
              process.onExit().join();
            });
      }
      running.clear();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      stop();
    } catch (Exception e) {
      throw new IOException(e);
    } finally {
      for (int number = 0; number < count; number++) {
        host.run(Command.of("ip", "netns", "del", NETNS + number));
      }
      memory.close();
      DurableFiles.deleteTree(folder);
    }
  }
}
