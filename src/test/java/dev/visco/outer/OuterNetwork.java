package dev.visco.outer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The world around a daemon under test. This JVM lives in a network namespace of its own ({@code
 * src/test/outer/bin/java}); its only way out is a veth to a made-up outside, which is another
 * namespace: a nameserver, a web server, the metadata address and private ranges. Whatever leaves
 * by the uplink is captured there, so that a hole in a rule shows up as a packet and nowhere else.
 */
public final class OuterNetwork implements AutoCloseable {
  /** The uplink's own address. */
  public static final String HOST = "203.0.113.2";

  /** The outside's end of the uplink: default gateway and nameserver. */
  public static final String NAMESERVER = "203.0.113.1";

  /** A web server on the internet. */
  public static final String WEB = "198.51.100.10";

  /** The name of {@link #WEB}, which {@link #NAMESERVER} knows. */
  public static final String WEB_NAME = "web.example.test";

  /** What every server outside answers on port 80. */
  public static final String WEB_TEXT = "hello from the outside";

  /** Addresses outside that no guest may reach, each with a web server. */
  public static final List<String> FORBIDDEN =
      List.of("169.254.169.254", "10.1.2.3", "172.16.5.5", "192.168.7.7", "100.64.1.1");

  /** Addresses outside at which tests start proxies. */
  public static final List<String> PROXIES = List.of("198.51.100.20", "198.51.100.21");

  /** Hosts of tools' providers at which tests start stand-ins, with their addresses. */
  public static final Map<String, String> PROVIDERS =
      Map.of(
          "auth.openai.com", "198.51.100.31",
          "chatgpt.com", "198.51.100.32",
          "claude.com", "198.51.100.33",
          "platform.claude.com", "198.51.100.34",
          "api.anthropic.com", "198.51.100.35");

  private static final int MARK_PORT = 9;
  private static final AtomicInteger MARKS = new AtomicInteger();

  private final Host host = new LinuxHost();
  private final String outside = "outside-" + ProcessHandle.current().pid();
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();

  private OuterNetwork() {
    try {
      refuseTheHostsOwn();
      folder = Files.createTempDirectory("visco-outside");
      open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void refuseTheHostsOwn() {
    String links = host.check(Command.of("ip", "-brief", "link")).output();
    assertThat(links.lines().map(line -> line.split("[ @]", -1)[0]))
        .as("this JVM must live in a network namespace of its own: src/test/outer/bin/java")
        .containsExactly("lo");
  }

  private void open() throws IOException {
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                """
                netns add %s
                link add uplink type veth peer name downlink netns %s
                addr add %s/24 dev uplink
                link set uplink up
                """
                    .formatted(outside, outside, HOST)));
    var inner = new StringBuilder("link set lo up\nlink set downlink up\n");
    inner.append("addr add ").append(NAMESERVER).append("/24 dev downlink\n");
    inner.append("addr add ").append(WEB).append("/32 dev lo\n");
    PROXIES.forEach(address -> inner.append("addr add ").append(address).append("/32 dev lo\n"));
    PROVIDERS
        .values()
        .forEach(address -> inner.append("addr add ").append(address).append("/32 dev lo\n"));
    FORBIDDEN.forEach(address -> inner.append("addr add ").append(address).append("/32 dev lo\n"));
    host.check(Command.of("ip", "-batch", "-").withInput(inner.toString()).inNetns(outside));
    host.check(Command.of("ip", "route", "add", "default", "via", NAMESERVER));
    Files.writeString(folder.resolve("index.html"), WEB_TEXT + "\n");
    start("web", "busybox", "httpd", "-f", "-p", "80", "-h", folder.toString());
    startNameserver();
    start(
        "capture",
        "tcpdump",
        "-i",
        "downlink",
        "-n",
        "-U",
        "--immediate-mode",
        "-Z",
        "root",
        "-w",
        capture().toString());
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Files.readString(folder.resolve("capture.log")).contains("listening on"));
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(this::webAnswers);
  }

  private void startNameserver() throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--user=root",
                "--no-resolv",
                "--no-hosts",
                "--pid-file="));
    PROVIDERS.forEach((name, address) -> command.addAll(knowing(name, address)));
    command.addAll(knowing(WEB_NAME, WEB));
    start("dns", command.toArray(String[]::new));
  }

  /**
   * A name with an address. Of its other records, as of IPv6, it is said that there are none: who
   * is refused these takes the name itself for one that cannot be resolved, as static programs do.
   */
  private static List<String> knowing(String name, String address) {
    return List.of("--address=/" + name + "/" + address, "--local=/" + name + "/");
  }

  private boolean webAnswers() {
    return host.run(Command.of("busybox", "wget", "-q", "-O", "-", "http://" + WEB + "/"))
        .output()
        .contains(WEB_TEXT);
  }

  /** Puts a page on every web server outside. */
  public void serve(String name, String page) throws IOException {
    Files.writeString(folder.resolve(name), page);
  }

  /** Whether this text, in clear, has passed the uplink since the start: a request's line, say. */
  public boolean hasPassed(String text) throws IOException {
    return Files.readString(capture(), java.nio.charset.StandardCharsets.ISO_8859_1).contains(text);
  }

  private Path capture() {
    return folder.resolve("packets.pcap");
  }

  /**
   * Starts a Java program outside; it ends when it is killed, or with this network.
   *
   * @param arguments after its main class
   */
  public Process java(Class<?> program, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                program.getName()));
    command.addAll(List.of(arguments));
    return program(program.getSimpleName() + processes.size(), command.toArray(String[]::new));
  }

  /**
   * Starts a program outside; it ends when it is killed, or with this network.
   *
   * @param name of the file that {@link #said} reads; no other program has it
   */
  public Process program(String name, String... command) throws IOException {
    start(name, command);
    return processes.getLast();
  }

  /** What a program has printed so far. */
  public String said(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  private void start(String name, String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + outside, "--"));
    command.addAll(List.of(arguments));
    processes.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile())
            .start());
  }

  /**
   * Packets that have passed the uplink since the start and match a tcpdump filter, one line each.
   * A mark is sent after them, so that nothing is still on its way.
   */
  public List<String> packets(String filter) {
    String mark = "mark-%08d".formatted(MARKS.incrementAndGet());
    try (var socket = new DatagramSocket()) {
      byte[] bytes = mark.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      socket.send(
          new DatagramPacket(bytes, bytes.length, InetAddress.getByName(NAMESERVER), MARK_PORT));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() ->
            Files.readString(capture(), java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains(mark));
    return host.check(Command.of("tcpdump", "-n", "-r", capture().toString(), filter))
        .output()
        .lines()
        .filter(line -> !line.isBlank())
        .toList();
  }

  @Override
  public void close() throws IOException {
    for (Process process : processes) {
      process.destroy();
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    host.run(Command.of("ip", "link", "del", "uplink"));
    host.run(Command.of("ip", "netns", "del", outside));
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  /**
   * One outside for all test classes of this JVM:
   * {@code @ExtendWith(OuterNetwork.Extension.class)}.
   */
  public static final class Extension
      implements ParameterResolver, org.junit.jupiter.api.extension.BeforeAllCallback {
    private static OuterNetwork of(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .computeIfAbsent(OuterNetwork.class, key -> new OuterNetwork(), OuterNetwork.class);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
      of(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == OuterNetwork.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return of(context);
    }
  }
}
