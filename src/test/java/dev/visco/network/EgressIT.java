package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.relay.SmallProxy;
import dev.visco.relay.secret.CertificateAuthority;
import dev.visco.relay.secret.TlsProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two users with two proxies, a real guest each: packets outside prove that no byte of them leaves
 * by another way.
 */
@ExtendWith(OuterNetwork.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EgressIT {
  private static final int PORT = 3128;
  private static final String PASSWORD = "correct-horse-battery";
  private static final String PAGE = "http://" + OuterNetwork.WEB_NAME + "/";
  @TempDir private static Path folder;

  /** A host of a made-up provider, and the secret that its users have. */
  private static final String API = "api." + OuterNetwork.WEB_NAME;

  private static final String SECRET = "sk-marker-0123456789-abcdefghijklmnop";
  private static final String PLACEHOLDER = "demo-placeholder";
  private static final String ELSEWHERE = "198.51.100.21";
  private final List<Process> proxies = new ArrayList<>();
  private ViscoUnderTest visco;
  private OuterNetwork outside;
  private String alice;
  private String bob;

  @BeforeAll
  void twoUsers(OuterNetwork outside) throws Exception {
    this.outside = outside;
    startProxies();
    startProvider();
    visco =
        ViscoUnderTest.withImage(
                Map.of(
                    "VISCO_VAULT_KEY_FILE",
                    folder.resolve("vault.key").toString(),
                    "VISCO_CONFIG",
                    folder.toString(),
                    "VISCO_EGRESS_CA_FILE",
                    folder.resolve("outside.pem").toString()))
            .up();
    visco.ok("vault", "init");
    visco.ok("user", "create", "alice");
    visco.ok("user", "create", "bob");
    setWithPassword("alice", proxy("socks5", "alice", 0));
    alice = visco.create("--user", "alice");
    bob = visco.create("--user", "bob");
  }

  @AfterAll
  void end() throws Exception {
    visco.close();
    for (Process one : proxies) {
      one.destroyForcibly().waitFor();
    }
  }

  private static String proxy(String scheme, String user, int which) {
    return scheme + "://" + user + "@" + OuterNetwork.PROXIES.get(which) + ":" + PORT;
  }

  private void setWithPassword(String user, String proxy) {
    CommandResult set =
        visco.run(
            (PASSWORD + "\n").getBytes(StandardCharsets.UTF_8),
            "egress",
            "set",
            "--user",
            user,
            "--proxy",
            proxy,
            "--password-file",
            "-");
    assertThat(set.exitCode()).as(set.error()).isZero();
    assertThat(set.output()).contains("with a password");
  }

  private void startProxies() throws Exception {
    List<String> users = List.of("alice:" + PASSWORD, "bob:" + PASSWORD);
    for (int which = 0; which < 2; which++) {
      String at = OuterNetwork.PROXIES.get(which);
      proxies.add(
          outside.java(
              SmallProxy.class,
              at,
              Integer.toString(PORT),
              users.get(which),
              OuterNetwork.WEB_NAME + ":80=" + OuterNetwork.WEB + ":80",
              API + ":443=" + OuterNetwork.WEB + ":443"));
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> listens(at));
    }
  }

  /** A provider outside whose authority the daemon knows and no guest does. */
  private void startProvider() throws Exception {
    CertificateAuthority authority =
        CertificateAuthority.make("outside", List.of("example.test"), Instant.now(), new Random(7));
    Path encoded = Files.write(folder.resolve("outside.key"), authority.encoded());
    Files.writeString(folder.resolve("outside.pem"), authority.pem());
    for (String at : List.of(OuterNetwork.WEB, ELSEWHERE)) {
      String name = at.equals(ELSEWHERE) ? "other.example.test" : API;
      proxies.add(outside.java(TlsProvider.class, at, encoded.toString(), name));
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> listens(at, 443));
    }
    Files.createDirectory(folder.resolve("providers"));
    Files.writeString(
        folder.resolve("providers/demo.toml"),
        """
        title = "Demo"
        tool = "curl"
        [[login]]
        channel = "key"
        [credential]
        variables = ["DEMO_TOKEN"]
        [placeholder]
        hosts = ["%s"]
        header = "Authorization"
        scheme = "Bearer"
        text = "%s"
        environment = { DEMO_TOKEN = "%s" }
        files = [{ path = "~/.demo", mode = "600", content = "token %s" }]
        """
            .formatted(API, PLACEHOLDER, PLACEHOLDER, PLACEHOLDER));
  }

  private static boolean listens(String address) {
    return listens(address, PORT);
  }

  private static boolean listens(String address, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String page(String vm) {
    return visco.run("exec", vm, "--", "curl", "-s", "-m", "8", PAGE).output().strip();
  }

  /** Packets from this host that go to neither proxy. */
  private int elsewhere() {
    return outside
        .packets(
            "src host %s and not dst host %s and not dst host %s and not (udp dst port 9) and not arp"
                .formatted(
                    OuterNetwork.HOST, OuterNetwork.PROXIES.get(0), OuterNetwork.PROXIES.get(1)))
        .size();
  }

  private int to(int which) {
    return outside.packets("tcp and dst host " + OuterNetwork.PROXIES.get(which)).size();
  }

  @Test
  @Order(1)
  void eachUsersTrafficLeavesByTheirOwnProxy() {
    assertThat(page(bob)).as("without a policy").isEqualTo(OuterNetwork.WEB_TEXT);
    setWithPassword("bob", proxy("http", "bob", 1));
    int elsewhere = elsewhere();
    int first = to(0);
    assertThat(page(alice)).isEqualTo(OuterNetwork.WEB_TEXT);
    assertThat(to(0)).isGreaterThan(first);
    first = to(0);
    int second = to(1);
    assertThat(page(bob)).isEqualTo(OuterNetwork.WEB_TEXT);
    assertThat(to(1)).isGreaterThan(second);
    assertThat(to(0)).isEqualTo(first);
    assertThat(elsewhere()).isEqualTo(elsewhere);
    String told = visco.ok("egress", "test", bob, "--url", PAGE);
    assertThat(told)
        .contains("through " + proxy("http", "bob", 1) + ": status 200\n" + OuterNetwork.WEB_TEXT)
        .contains("from inside the guest: status 200\n" + OuterNetwork.WEB_TEXT);
    assertThat(to(1)).as("by the proxy, both times").isGreaterThan(second + 1);
    assertThat(elsewhere()).isEqualTo(elsewhere);
  }

  @Test
  @Order(2)
  void aThousandHostileTriesLeaveNothing() throws Exception {
    int elsewhere = elsewhere();
    int second = to(1);
    byte[] script = Files.readAllBytes(Path.of("src/test/resources/egress/tries.pl"));
    CommandResult tries = visco.run(script, "exec", "-i", alice, "--", "perl", "-");
    assertThat(tries.output().strip()).as(tries.error()).isEqualTo("1000 10");
    assertThat(elsewhere()).isEqualTo(elsewhere);
    assertThat(to(1)).isEqualTo(second);
    assertThat(outside.hasPassed("leak-by-another-way")).isFalse();
    assertThat(outside.packets("udp dst port 53 and src host " + OuterNetwork.HOST))
        .noneMatch(line -> line.contains("tunnel"));
    assertThat(visco.ok("egress", "log", alice)).contains("quic", "other-nameserver", "only-tcp");
    assertThat(page(alice)).as("and it goes on").isEqualTo(OuterNetwork.WEB_TEXT);
  }

  @Test
  @Order(3)
  void rulesByNameHoldAtOnceForARunningVm() {
    int elsewhere = elsewhere();
    visco.ok(
        "egress", "set", alice, "--proxy", proxy("socks5", "alice", 0), "--allow", "other.test");
    assertThat(page(alice)).isEmpty();
    assertThat(visco.ok("egress", "log", alice)).contains(OuterNetwork.WEB_NAME, "not in allow");
    CommandResult refused = visco.run("egress", "test", alice, "--url", PAGE);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.output()).contains("(rule not in allow)", "nothing came to the guest: ");
    assertThat(visco.ok("egress", "rm", alice)).contains("its user's policy");
    assertThat(page(alice)).isEqualTo(OuterNetwork.WEB_TEXT);
    assertThat(elsewhere()).isEqualTo(elsewhere);
  }

  @Test
  @Order(4)
  void whileTheProxyIsDownOrTheDaemonWasKilledNothingLeaves() throws Exception {
    proxies.getFirst().destroyForcibly().waitFor();
    int elsewhere = elsewhere();
    assertThat(page(alice)).isEmpty();
    assertThat(visco.ok("egress", "log", alice)).contains("proxy");
    proxies.removeFirst();
    startSecondTime();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> page(alice).equals(OuterNetwork.WEB_TEXT));

    visco.run(
        "exec",
        alice,
        "--",
        "sh",
        "-c",
        "(while :; do curl -s -m 1 %s; done) >/dev/null 2>&1 </dev/null &".formatted(PAGE));
    visco.killDaemon();
    int first = to(0);
    int start = elsewhere();
    Awaitility.await("while it tries again and again")
        .during(Duration.ofSeconds(4))
        .atMost(Duration.ofSeconds(30))
        .until(() -> elsewhere() == start);
    assertThat(to(0)).isLessThan(first + 5);
    visco.ok("up", "--no-vm");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> page(alice).equals(OuterNetwork.WEB_TEXT));
    assertThat(elsewhere).isLessThanOrEqualTo(start);
  }

  private void startSecondTime() throws Exception {
    proxies.add(
        outside.java(
            SmallProxy.class,
            OuterNetwork.PROXIES.getFirst(),
            Integer.toString(PORT),
            "alice:" + PASSWORD,
            OuterNetwork.WEB_NAME + ":80=" + OuterNetwork.WEB + ":80"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> listens(OuterNetwork.PROXIES.getFirst()));
  }

  @Test
  @Order(5)
  void withoutThePolicyItLeavesAsBefore() {
    visco.ok("egress", "rm", "--user", "alice");
    int elsewhere = elsewhere();
    assertThat(page(alice)).isEqualTo(OuterNetwork.WEB_TEXT);
    assertThat(elsewhere()).isGreaterThan(elsewhere);
  }

  private void putCredential(String user) {
    CommandResult put =
        visco.run(
            SECRET.getBytes(StandardCharsets.UTF_8), "credentials", "put", "demo", "--user", user);
    assertThat(put.exitCode()).as(put.error()).isZero();
  }

  /** What the guest's curl gets with the placeholder. */
  private String asked(String vm, String... more) {
    var words = new ArrayList<>(List.of("exec", vm, "--", "curl", "-sS", "-m", "40", "-H"));
    words.add("Authorization: Bearer " + PLACEHOLDER);
    words.addAll(List.of(more));
    CommandResult result = visco.run(words.toArray(String[]::new));
    return (result.output() + result.error()).strip();
  }

  /** Connections to the provider's host that were opened from this host. */
  private int openedDirectly() {
    return outside
        .packets(
            "tcp[tcpflags] & tcp-syn != 0 and src host %s and dst host %s and dst port 443"
                .formatted(OuterNetwork.HOST, OuterNetwork.WEB))
        .size();
  }

  private void awaitPlaceholder(String user, String vm) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> visco.ok("placeholder", "ls", "--user", user).contains(vm));
    Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> visco.run("exec", vm, "--", "cat", ".demo").output().contains(PLACEHOLDER));
  }

  @Test
  @Order(6)
  void aProvidersHostGetsTheSecretAndTheVmHasThePlaceholderAlone() throws Exception {
    setWithPassword("bob", proxy("http", "bob", 1));
    putCredential("alice");
    putCredential("bob");
    awaitPlaceholder("alice", alice);
    awaitPlaceholder("bob", bob);
    String expected = TlsProvider.digest("Bearer " + SECRET);
    assertThat(asked(alice, "https://" + API + "/me")).as("by NAT").isEqualTo(expected);
    int first = openedDirectly();
    int second = to(1);
    assertThat(asked(bob, "https://" + API + "/me")).as("by bob's proxy").isEqualTo(expected);
    assertThat(to(1)).isGreaterThan(second);
    assertThat(openedDirectly()).isEqualTo(first);
    assertThat(asked(alice, "-i", "https://" + API + "/echo"))
        .contains("200 OK", "Bearer ****")
        .doesNotContain(SECRET);
  }

  @Test
  @Order(7)
  void otherHostsAreUntouchedAndGetThePlaceholderAtMost() {
    String resolve = "other.example.test:443:" + ELSEWHERE;
    String page = "https://other.example.test/me";
    assertThat(asked(alice, "--resolve", resolve, page))
        .as("its own certificate, which this guest does not know")
        .contains("certificate");
    assertThat(asked(alice, "-k", "--resolve", resolve, page))
        .isEqualTo(TlsProvider.digest("Bearer " + PLACEHOLDER));
    assertThat(asked(alice, "--resolve", API + ":443:" + ELSEWHERE, "https://" + API + "/me"))
        .as("whatever address the guest has for the provider's host, it is not dialled")
        .isEqualTo(TlsProvider.digest("Bearer " + SECRET));
    visco.ok("egress", "set", alice, "--deny", API);
    assertThat(asked(alice, "https://" + API + "/me")).doesNotContain(TlsProvider.digest(""));
    assertThat(visco.ok("egress", "log", alice)).contains(API, "deny " + API);
    visco.ok("egress", "rm", alice);
    assertThat(asked(alice, "https://" + API + "/me"))
        .isEqualTo(TlsProvider.digest("Bearer " + SECRET));
  }

  @Test
  @Order(8)
  void theSecretIsInNoFileNoVariableNoMemoryOfTheGuestAndInNoPacket() throws Exception {
    String search =
        "grep -rl %s / --exclude-dir=proc --exclude-dir=sys 2>/dev/null; "
                .formatted(SECRET.substring(0, 12))
            + "cat /proc/[0-9]*/environ 2>/dev/null | grep -c %s; true"
                .formatted(SECRET.substring(0, 12));
    CommandResult found = visco.run("exec", alice, "--", "sh", "-c", search);
    // The only one that has it is the search itself, in no file.
    assertThat(found.output().strip()).isEqualTo("0");
    assertThat(outside.hasPassed(SECRET)).isFalse();
    visco.ok("suspend", alice);
    try (var files = Files.walk(visco.data())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(has(file, SECRET)).as(file + ", the guest's memory among them").isFalse();
      }
    }
  }

  private static boolean has(Path file, String text) throws IOException {
    byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
    byte[] buffer = new byte[1 << 20];
    int kept = 0;
    try (var in = Files.newInputStream(file)) {
      for (int count = in.read(buffer, kept, buffer.length - kept);
          count >= 0;
          count = in.read(buffer, kept, buffer.length - kept)) {
        int length = kept + count;
        if (new String(buffer, 0, length, StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
        kept = Math.min(length, wanted.length - 1);
        System.arraycopy(buffer, length - kept, buffer, 0, kept);
      }
    }
    return false;
  }
}
