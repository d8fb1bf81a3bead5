package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands, files and ports of a guest through Visco against OpenSSH's own client on a connection
 * that it keeps (ControlMaster), by turns, in the same guest. Run it by {@code bench/guest-access}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class GuestAccessBench {
  private static final int COMMANDS = Integer.getInteger("commands", 20);
  private static final int COPIES = Integer.getInteger("copies", 3);
  private static final int MIB = Integer.getInteger("mib", 100);
  private static final int PORT = 9000;
  private static final Duration LONG = Duration.ofMinutes(5);

  /** Sends MIB mebibytes to whoever connects. Perl is in every Debian. */
  private static final String SERVER =
      "use IO::Socket; my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => %d,"
          + " Listen => 5, ReuseAddr => 1) or die; my $b = 'x' x 65536; while (my $c = $s->accept) {"
          + " for (1..%d) { syswrite $c, $b or last } close $c }";

  @TempDir private Path folder;

  /** One way to do something. */
  private interface Way {
    void run() throws Exception;
  }

  /** OpenSSH's client with one connection that is kept. */
  private final class Ssh implements AutoCloseable {
    private final List<String> options;
    private final String address;

    Ssh(ViscoUnderTest visco, String vm) throws Exception {
      address = visco.json("inspect", vm).path("address").asString();
      Path keys = visco.data().resolve("vms/" + vm + "/keys");
      Path known = folder.resolve("known");
      String hostKey = Files.readString(keys.resolve("ssh_host_ed25519_key.pub")).strip();
      Files.writeString(known, address + " " + hostKey + "\n");
      options =
          Stream.of(
                  "ControlPath=" + folder.resolve("master"),
                  "UserKnownHostsFile=" + known,
                  "IdentityFile=" + keys.resolve("id_ed25519"),
                  "IdentitiesOnly=yes",
                  "BatchMode=yes",
                  "LogLevel=ERROR")
              .flatMap(option -> Stream.of("-o", option))
              .toList();
      run("-M", "-N", "-f");
    }

    private void run(String... more) throws Exception {
      var words = new ArrayList<>(List.of("ssh"));
      words.addAll(options);
      List<String> flags = Stream.of(more).takeWhile(word -> word.startsWith("-")).toList();
      boolean isForward = flags.contains("-O");
      words.addAll(isForward ? List.of(more) : flags);
      words.add("root@" + address);
      if (!isForward) {
        words.addAll(List.of(more).subList(flags.size(), more.length));
      }
      ended(words);
    }

    void forward(int local) throws Exception {
      run("-O", "forward", "-L", "127.0.0.1:" + local + ":127.0.0.1:" + PORT);
    }

    void copy(Path file, String to) throws Exception {
      var words = new ArrayList<>(List.of("scp", "-q"));
      words.addAll(options);
      words.addAll(List.of(file.toString(), "root@" + address + ":" + to));
      ended(words);
    }

    @Override
    public void close() throws Exception {
      run("-O", "exit");
    }
  }

  private static void ended(List<String> words) throws Exception {
    Process process =
        new ProcessBuilder(words)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .inheritIO()
            .start();
    assertThat(process.waitFor()).as(String.join(" ", words)).isZero();
  }

  private static double millis(Way way) throws Exception {
    long begin = System.nanoTime();
    way.run();
    return (System.nanoTime() - begin) / 1e6;
  }

  /** By turns, each once for nothing; prints medians. */
  private static void compare(String what, int rounds, Map<String, Way> ways, String base)
      throws Exception {
    Map<String, List<Double>> times = new java.util.TreeMap<>();
    for (int round = -1; round < rounds; round++) {
      for (var way : ways.entrySet()) {
        double time = millis(way.getValue());
        if (round >= 0) {
          times.computeIfAbsent(way.getKey(), key -> new ArrayList<>()).add(time);
        }
      }
    }
    double least = median(times.get(base));
    times.forEach((way, all) ->
        System.out.printf(
            "| %s | %s | %.0f ms (%.0f–%.0f) | %.2f |%n",
            what,
            way,
            median(all),
            all.stream().mapToDouble(one -> one).min().orElseThrow(),
            all.stream().mapToDouble(one -> one).max().orElseThrow(),
            median(all) / least));
  }

  private static double median(List<Double> times) {
    return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
  }

  private static void read(int port) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        InputStream in = socket.getInputStream()) {
      assertThat(in.transferTo(java.io.OutputStream.nullOutputStream())).isEqualTo(MIB * 1048576L);
    }
  }

  @Test
  void besideOpenSsh() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of())) {
      visco.startBy(List.of(Path.of("visco").toAbsolutePath().toString()));
      visco.up();
      String vm = visco.create("--memory", "512");
      try (var ssh = new Ssh(visco, vm)) {
        System.out.println("\n| | way | median (range) | of ssh's |\n|---|---|---|---|");
        commands(visco, vm, ssh);
        copies(visco, vm, ssh);
        ports(visco, vm, ssh);
      }
    }
  }

  private static void commands(ViscoUnderTest visco, String vm, Ssh ssh) throws Exception {
    String port = Files.readString(visco.data().resolve("port")).strip();
    String token = Files.readString(visco.data().resolve("admin-token")).strip();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/vms/" + vm + "/exec"))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"command\":[\"true\"]}"))
            .build();
    try (var http = HttpClient.newHttpClient()) {
      Map<String, Way> ways =
          Map.of(
              "ssh with a ControlMaster",
              () -> ssh.run("true"),
              "`visco exec`",
              () -> visco.ok("exec", vm, "true"),
              "`POST …/exec`",
              () ->
                  assertThat(http.send(request, BodyHandlers.ofString()).statusCode())
                      .isEqualTo(200));
      compare("a command that does nothing", COMMANDS, ways, "ssh with a ControlMaster");
    }
  }

  private void copies(ViscoUnderTest visco, String vm, Ssh ssh) throws Exception {
    Path file = folder.resolve("content");
    byte[] bytes = new byte[1 << 20];
    new SplittableRandom(1).nextBytes(bytes);
    try (var out = Files.newOutputStream(file)) {
      for (int mib = 0; mib < MIB; mib++) {
        out.write(bytes);
      }
    }
    Map<String, Way> ways =
        Map.of(
            "scp on that connection",
            () -> ssh.copy(file, "/by-scp"),
            "`visco cp`",
            () -> visco.ok("cp", file.toString(), vm + ":/by-visco"));
    compare(MIB + " MiB into the guest", COPIES, ways, "scp on that connection");
    visco.ok("exec", vm, "cmp", "/by-scp", "/by-visco");
    visco.ok("exec", vm, "rm", "/by-scp", "/by-visco");
  }

  private void ports(ViscoUnderTest visco, String vm, Ssh ssh) throws Exception {
    Path said = folder.resolve("server");
    Process server =
        visco.start(said, "exec", vm, "perl", "-e", String.format(SERVER, PORT, MIB * 16));
    Path forwarded = folder.resolve("forwarded");
    Process forward = visco.start(forwarded, "forward", vm, ":" + PORT);
    try {
      int ours = port(forwarded);
      int theirs = ours == 39871 ? 39872 : 39871;
      ssh.forward(theirs);
      Awaitility.await().atMost(LONG).ignoreExceptions().untilAsserted(() -> read(ours));
      Map<String, Way> ways =
          Map.of("`ssh -L`", () -> read(theirs), "`visco forward`", () -> read(ours));
      compare(MIB + " MiB out of a forwarded port", COPIES, ways, "`ssh -L`");
    } finally {
      forward.destroy();
      server.destroy();
      forward.waitFor();
      server.waitFor();
    }
  }

  private static int port(Path forwarded) {
    var found = new int[1];
    Awaitility.await()
        .atMost(LONG)
        .until(() -> {
          Matcher line =
              Pattern.compile("127.0.0.1:(\\d+) to port").matcher(Files.readString(forwarded));
          return line.find() && (found[0] = Integer.parseInt(line.group(1))) > 0;
        });
    return found[0];
  }
}
