package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.ApiUnderTest;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.LoopbackSshd;
import dev.visco.session.VmKeys;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** {@code visco forward} through a real API and a real sshd: this host stands for the guest. */
class ForwardCommandIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  @TempDir private Path folder;
  private LoopbackSshd sshd;
  private ApiUnderTest api;
  private String vm;
  private ServerSocket guest;
  private @Nullable Thread command;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What the guest's server does with a connection. */
  private interface Serving {
    void serve(Socket client) throws IOException, InterruptedException;
  }

  @BeforeEach
  void start() throws Exception {
    var keys = new VmKeys(Files.createDirectory(folder.resolve("keys")));
    keys.create();
    sshd = new LoopbackSshd(folder.resolve("keys"), keys);
    api = ApiUnderTest.start(folder.resolve("data"));
    api.guestsAre(sshd::session);
    vm = api.create();
    api.vms.settle(new VmId(vm), VmState.READY, null);
    guest = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (command != null) {
      command.interrupt();
      command.join(LONG);
    }
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    guest.close();
    api.close();
    sshd.close();
  }

  private void guestServes(Serving serving) {
    Thread.ofVirtual()
        .start(() -> {
          while (!guest.isClosed()) {
            try {
              Socket client = guest.accept();
              Thread.ofVirtual()
                  .start(() -> {
                    try (client) {
                      serving.serve(client);
                    } catch (IOException | InterruptedException e) {
                      // The other side has gone.
                    }
                  });
            } catch (IOException e) {
              return;
            }
          }
        });
  }

  private int run(String... arguments) {
    String[] parts = api.address().split(":", -1);
    var address = new ApiAddress(parts[0], Integer.parseInt(parts[1]), ApiUnderTest.TOKEN);
    return Visco.commandLine(
            flags -> address,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            List.of())
        .execute(arguments);
  }

  /** Starts the command, and gives the port here. */
  private int forward(String ports) {
    command = Thread.ofPlatform().start(() -> run("forward", vm, ports));
    var port = new int[1];
    Awaitility.await()
        .atMost(LONG)
        .until(() -> {
          Matcher found =
              Pattern.compile("Forwarding 127.0.0.1:(\\d+) to port")
                  .matcher(out.toString(StandardCharsets.UTF_8));
          return found.find() && (port[0] = Integer.parseInt(found.group(1))) > 0;
        });
    return port[0];
  }

  private static Socket connect(int port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new SplittableRandom(count).nextBytes(bytes);
    return bytes;
  }

  private CommandResult curl(String token, String target, String... more) {
    var words =
        new ArrayList<String>(
            List.of("curl", "-sS", "-p", "-x", "http://any:" + token + "@" + api.address()));
    words.addAll(List.of(more));
    words.add("http://" + target + "/");
    return new LinuxHost().run(Command.of(words.toArray(String[]::new)));
  }

  @Test
  void aPlainClientReachesAPortAsThroughAnHttpProxy() {
    guestServes(client -> {
      var in = new BufferedReader(new InputStreamReader(client.getInputStream()));
      String first = in.readLine();
      while (!in.readLine().isEmpty()) {}
      String body = first + " " + "x".repeat(1 << 20);
      client
          .getOutputStream()
          .write(
              ("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                  .getBytes(StandardCharsets.UTF_8));
    });
    String port = ":" + guest.getLocalPort();
    CommandResult answer = curl(ApiUnderTest.TOKEN, vm + port);
    assertThat(answer.exitCode()).as(answer.error()).isZero();
    assertThat(answer.output()).startsWith("GET / HTTP/1.1 xxx").hasSize((1 << 20) + 15);
    CommandResult beginning = curl(ApiUnderTest.TOKEN, vm.substring(0, 9) + port);
    assertThat(beginning.exitCode()).as(beginning.error()).isZero();
    CommandResult wrong = curl("visco-wrong", vm + port, "-w", "%{http_connect}");
    assertThat(wrong.output()).contains("407");
    CommandResult none = curl(ApiUnderTest.TOKEN, "vm-ffffffff" + port, "-w", "%{http_connect}");
    assertThat(none.output()).contains("404");
  }

  @Test
  void changesOfFilesArePrintedAsTheyAreSeen() throws Exception {
    Path watched = Files.createDirectory(folder.resolve("watched"));
    command = Thread.ofPlatform().start(() -> run("watch", "-r", vm, watched.toString()));
    Awaitility.await()
        .atMost(LONG)
        .until(() -> err.toString(StandardCharsets.UTF_8).contains("watching 1 files"));
    Path file = Files.createFile(watched.resolve("two\nlines"));
    Awaitility.await()
        .atMost(LONG)
        .until(() ->
            out.toString(StandardCharsets.UTF_8)
                .contains("created  \"" + (file + "\"").replace("\n", "\\n")));
    String[] many = {"sh", "-c", "cd \"$1\" && seq 10001 | xargs touch", "sh", watched.toString()};
    assertThat(new ProcessBuilder(many).start().waitFor()).isZero();
    Awaitility.await()
        .atMost(LONG)
        .until(() -> err.toString(StandardCharsets.UTF_8).contains("more than 10000"));
    command.join(LONG);
  }

  @Test
  void whatComesGoesBothWaysAndEndsInHalves() throws Exception {
    guestServes(client -> {
      byte[] all = client.getInputStream().readAllBytes(); // Until the other half ends.
      client.getOutputStream().write(all);
    });
    int port = forward(":" + guest.getLocalPort());
    byte[] content = bytes(5_000_000);
    try (Socket here = connect(port)) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              here.getOutputStream().write(content);
              here.shutdownOutput();
            } catch (IOException e) {
              // The reader notices.
            }
          });
      assertThat(here.getInputStream().readAllBytes()).isEqualTo(content);
    }
  }

  @Test
  void forProgramsThePortsAreOneLineOfJson() throws Exception {
    guestServes(client -> client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8)));
    String port = ":" + guest.getLocalPort();
    command = Thread.ofPlatform().start(() -> run("forward", "--json", vm, port, port));
    Awaitility.await()
        .atMost(LONG)
        .until(() -> out.toString(StandardCharsets.UTF_8).endsWith("\n"));
    JsonNode said = Json.read(out.toString(StandardCharsets.UTF_8), JsonNode.class);
    assertThat(said.path("ports")).hasSize(2);
    assertThat(said.path("ports").get(1).path("remote").asInt()).isEqualTo(guest.getLocalPort());
    try (Socket here = connect(said.path("ports").get(1).path("local").asInt())) {
      assertThat(here.getInputStream().readAllBytes()).asString().isEqualTo("hello");
    }
    assertThat(run("forward", "--json", "--stdio", vm, "80")).isEqualTo(CommandExitCode.REFUSED);
  }

  @Test
  void manyConnectionsGoThroughAtOnce() throws Exception {
    guestServes(client -> client.getInputStream().transferTo(client.getOutputStream()));
    int port = forward(":" + guest.getLocalPort());
    var sockets = new java.util.ArrayList<Socket>();
    try {
      for (int number = 0; number < 20; number++) {
        Socket here = connect(port);
        sockets.add(here);
        here.getOutputStream().write(("hello " + number + "\n").getBytes(StandardCharsets.UTF_8));
      }
      for (int number = 0; number < 20; number++) {
        byte[] expected = ("hello " + number + "\n").getBytes(StandardCharsets.UTF_8);
        assertThat(sockets.get(number).getInputStream().readNBytes(expected.length))
            .isEqualTo(expected);
      }
    } finally {
      for (Socket one : sockets) {
        one.close();
      }
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsUpTheGuest() throws Exception {
    var written = new AtomicLong();
    guestServes(client -> {
      OutputStream to = client.getOutputStream();
      byte[] piece = new byte[1 << 16];
      while (true) {
        to.write(piece);
        written.addAndGet(piece.length);
      }
    });
    int port = forward(":" + guest.getLocalPort());
    try (Socket here = connect(port)) {
      here.getInputStream().readNBytes(10);
      var last = new long[] {-1};
      Awaitility.await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(500))
          .until(() -> {
            boolean isStill = last[0] == written.get();
            last[0] = written.get();
            return isStill;
          });
      assertThat(written.get()).isLessThan(64 << 20);
      here.getInputStream().readNBytes(80 << 20);
      assertThat(written.get()).as("it goes on").isGreaterThan(last[0]);
    }
  }

  @Test
  void aGuestThatClosesIsSeenHereAndOneThatServesNothingIsToldOf() throws Exception {
    var accepted = new CountDownLatch(1);
    guestServes(client -> {
      client.getOutputStream().write(bytes(10));
      accepted.countDown();
    });
    int port = forward(":" + guest.getLocalPort());
    try (Socket here = connect(port)) {
      assertThat(here.getInputStream().readAllBytes()).isEqualTo(bytes(10));
      assertThat(accepted.await(1, TimeUnit.MINUTES)).isTrue();
    }
    guest.close();
    try (Socket here = connect(port)) {
      assertThatThrownBy(() -> here.getInputStream().readNBytes(1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("reset");
    }
    Awaitility.await()
        .atMost(LONG)
        .until(() -> err.toString(StandardCharsets.UTF_8).contains("opened no connection"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65536", "a", "1:2:3", "70000:80", "80:", "-1"})
  void whatIsNoPortIsRefused(String ports) {
    assertThat(run("forward", vm, ports)).isNotZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(ports);
  }

  @Test
  void aPortHereThatIsTakenIsRefused() {
    int taken = guest.getLocalPort();
    assertThat(run("forward", vm, taken + ":80")).isEqualTo(CommandExitCode.REFUSED);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("cannot be listened on", "3001:80");
  }
}
