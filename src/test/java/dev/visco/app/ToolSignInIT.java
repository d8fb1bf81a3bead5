package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import dev.visco.chromium.Chromium;
import dev.visco.chromium.Visitor;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.relay.secret.CertificateAuthority;
import dev.visco.signin.standin.OidcProvider;
import dev.visco.signin.standin.StandInProviders;
import dev.visco.verify.BootReport;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
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
 * Real tools sign in in real guests: oidc-agent at a real OpenID provider, by the desktop of its VM
 * as a person in Chromium sees it; Codex and Claude Code, unchanged, at stand-ins for their
 * providers. Each then works in the user's own VM. Skipped without {@code --all}, and where npm or
 * its registry were not to be had when images were made. What a person sees is kept as pictures for
 * docs/sign-in.md.
 */
@ExtendWith(OuterNetwork.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ToolSignInIT {
  private static final int PORT = 8089;
  private static final String ISSUER = "http://" + OuterNetwork.WEB_NAME + ":" + PORT;
  private static final String SESSION = "/api/auth/session/";

  /** A boot under software emulation, and a tool's start. */
  private static final Duration LONG = Duration.ofMinutes(8);

  /** A guest's browser under software emulation. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** When what was done on the desktop is taken for lost. */
  private static final Duration RETRY = Duration.ofSeconds(45);

  /** Colours of the provider's pages: src/test/clients/oidc-provider. */
  private static final int NAME = 0xfff2cc;

  private static final int PASSWORD = 0xd9ead3;
  private static final int SIGN_IN = 0xcfe2f3;
  private static final int WRONG = 0xea9999;
  private static final int ALLOW = 0xb6d7a8;

  /** More pixels than a cursor has, and fewer than a word. */
  private static final int CURSOR = 100;

  /** Pixels of a field that is empty, by its colour. */
  private final Map<Integer, Integer> fields = new HashMap<>();

  @TempDir private static Path folder;
  private ViscoUnderTest visco;
  private Chromium chromium;
  private String cli = "";

  @BeforeAll
  void start(OuterNetwork outside) throws Exception {
    assumeTrue(
        OidcProvider.isFetched(),
        "skipped: oidc-provider is not there: OidcProviderIT could not fetch it");
    visco =
        ViscoUnderTest.withTools(
            Map.of(
                "VISCO_SIGN_IN_TYPE",
                "browser-tools",
                "VISCO_CONFIG",
                folder.toString(),
                "VISCO_VAULT_KEY_FILE",
                folder.resolve("vault.key").toString(),
                "VISCO_EGRESS_CA_FILE",
                folder.resolve("outside.pem").toString()));
    Path authority = folder.resolve("outside.key");
    CertificateAuthority made =
        CertificateAuthority.make(
            "outside",
            List.of("claude.com", "anthropic.com", "openai.com", "chatgpt.com"),
            Instant.now(),
            new Random(7));
    Files.write(authority, made.encoded());
    Files.writeString(folder.resolve("outside.pem"), made.pem());
    writeProviders(made.pem());
    startProviders(outside, authority);
    visco.up();
    visco.ok("vault", "init");
    cli = visco.create("--user", "alice", "--type", "cli-tools");
    chromium = Chromium.start(OuterNetwork.PROVIDERS);
  }

  @AfterAll
  void end() {
    if (chromium != null) {
      chromium.close();
    }
    if (visco != null) {
      visco.close();
    }
  }

  private static void startProviders(OuterNetwork outside, Path authority) throws IOException {
    outside.program("oidc", OidcProvider.command(ISSUER, OuterNetwork.WEB, PORT));
    var arguments =
        new ArrayList<>(
            List.of(OuterNetwork.WEB, Integer.toString(PORT + 1), authority.toString()));
    OuterNetwork.PROVIDERS.forEach((host, address) -> arguments.add(host + "=" + address));
    outside.java(StandInProviders.class, arguments.toArray(String[]::new));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> outside.said("oidc").contains("listening on"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          try (var socket = new Socket(OuterNetwork.WEB, PORT + 1)) {
            return socket.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
  }

  /**
   * The files that come with the program. The one of oidc-agent gets the values of this provider,
   * as its operator would give them; the other two tools are told of the outside's authority, which
   * no guest knows.
   */
  private static void writeProviders(String authority) throws IOException {
    Path providers = Files.createDirectory(folder.resolve("providers"));
    Files.writeString(
        providers.resolve("oidc-demo.toml"),
        replaced(
            Files.readString(Path.of("providers/oidc.toml")),
            "hosts = [\"issuer.example.com\"]",
            "hosts = [\"" + OuterNetwork.WEB_NAME + "\"]\nplain-http = true",
            "issuer = \"https://issuer.example.com\"",
            "issuer = \"" + ISSUER + "\"",
            "secret = \"none\"",
            "secret = \"known-to-all\""));
    trusting(
        providers, "codex", "codex", "CODEX_CA_CERTIFICATE", "~/.codex/outside.pem", authority);
    trusting(
        providers, "claude-code", "claude", "NODE_EXTRA_CA_CERTS", "~/.outside.pem", authority);
  }

  private static void trusting(
      Path providers, String name, String tool, String variable, String file, String authority)
      throws IOException {
    String path = file.replace("~", "$HOME");
    Files.writeString(
        providers.resolve(name + ".toml"),
        replaced(
            Files.readString(Path.of("providers", name + ".toml")),
            "[\"" + tool + "\", ",
            "[\"sh\", \"-c\", '%s=%s exec %s \"$@\"', \"%s\", "
                .formatted(variable, path, tool, tool),
            "[[seed-files]]\n",
            "[[seed-files]]\npath = \"%s\"\nmode = \"600\"\ncontent = '''\n%s'''\n\n[[seed-files]]\n"
                .formatted(file, authority)));
  }

  private static String replaced(String text, String... pairs) {
    String found = text;
    for (int at = 0; at < pairs.length; at += 2) {
      assertThat(found).contains(pairs[at]);
      found = found.replace(pairs[at], pairs[at + 1]);
    }
    return found;
  }

  /** Of the only sign-in that is under way. */
  private String session() {
    return visco
        .json("logins", "ls")
        .valueStream()
        .filter(one -> one.path("active").asBoolean())
        .map(one -> one.path("session").asString())
        .findFirst()
        .orElseThrow();
  }

  private void everyCriterionIsMet(String vm) throws IOException {
    Path report = visco.data().resolve("vms").resolve(vm).resolve("report.json");
    BootReport found = Json.read(Files.readString(report), BootReport.class);
    assertThat(found.met()).isTrue();
    assertThat(found.criteria())
        .hasSizeGreaterThanOrEqualTo(10)
        .allSatisfy(line ->
            // Of PCI, where the machine has none.
            assertThat(line.verdict())
                .as(line.toString())
                .isIn("met", line.number() == 2 ? "not-applicable" : "met"));
  }

  @Test
  @Order(1)
  void aPersonSignsOidcAgentInOnTheDesktopOfItsVm() throws Exception {
    Path said = folder.resolve("oidc.txt");
    Process login = visco.start(said, "login", "oidc-demo", "--user", "alice", "--print");
    String desktop = awaitLine(login, said, "Sign in on this desktop: ");
    awaitLine(login, said, "waiting: ");
    String id = session();
    String vm = visco.request("GET", SESSION + id).path("vmId").asString();
    everyCriterionIsMet(vm);
    try (Visitor alice = chromium.visitor(900, 648)) {
      alice.context().setDefaultTimeout(PATIENCE.toMillis());
      alice.open(desktop);
      alice.awaitState("Connected");
      signIn(alice, "wrong", WRONG);
      alice.picture("sign-in-wrong");
      signIn(alice, OidcProvider.PASSWORD, ALLOW);
      alice.picture("sign-in-consent");
      again(alice, () -> alice.click(alice.place(ALLOW)), () -> !state(id).equals("waiting"));
      assertDelivered(login, said);
    }
    assertThat(visco.request("GET", SESSION + id).has("link")).isFalse();
    assertThat(visco.text(SESSION + id + "/events"))
        .contains("event: waiting", "event: opened", "event: validating")
        .contains("event: stored", "event: delivered")
        .doesNotContain(OidcProvider.PASSWORD);
    assertThat(visco.run("inspect", vm).output()).contains("destroyed");
    String token =
        visco.ok(
            "exec",
            cli,
            "--",
            "sh",
            "-c",
            "eval \"$(oidc-agent)\"; until oidc-add --loaded; do sleep 1; done;"
                + " oidc-add '--pw-cmd=echo visco' visco; oidc-token visco; eval \"$(oidc-agent -k)\"");
    assertThat(token.lines())
        .as("of the provider, in the user's own VM")
        .anyMatch(line -> line.matches("[\\w-]{43}"));
  }

  private String state(String id) {
    return visco.request("GET", SESSION + id).path("state").asString();
  }

  /** Fills the form until the page that comes of it is there. */
  private void signIn(Visitor person, String password, int comes) {
    again(
        person,
        () -> {
          fill(person, NAME, OidcProvider.NAME);
          fill(person, PASSWORD, password);
          if (comes == WRONG) {
            person.picture("sign-in-form");
          }
          person.click(person.place(SIGN_IN));
        },
        () -> person.place(comes).pixels() > 0);
  }

  /**
   * Pastes a text into a field, in place of what is in it: single keys are not reliable where an
   * emulated guest is late with them, so that each step waits until it is seen. What is in a field
   * covers its colour: a cursor some of it, a text more.
   */
  private void fill(Visitor person, int field, String text) {
    seen(() -> person.place(field).pixels() > 0);
    int whole = fields.merge(field, person.place(field).pixels(), Math::max);
    offer(person, text);
    person.click(person.place(field));
    if (person.place(field).pixels() < whole - CURSOR) {
      person.page().keyboard().press("Control+a");
      person.page().keyboard().press("Delete");
    }
    seen(() -> {
      int pixels = person.place(field).pixels();
      return pixels < whole && pixels >= whole - CURSOR;
    });
    person.page().keyboard().press("Control+v");
    seen(() -> person.place(field).pixels() < whole - CURSOR);
  }

  private static void seen(Callable<Boolean> what) {
    Awaitility.await()
        .pollInSameThread()
        .pollInterval(Duration.ofMillis(300))
        .atMost(RETRY)
        .until(what);
  }

  /** Gives the desktop a text by the page's clipboard panel. */
  private static void offer(Visitor person, String text) {
    if (!person.find("#clipboard-text").isVisible()) {
      person.find("[aria-controls=panel-clipboard]").click();
    }
    person.find("#clipboard-text").fill(text);
    person.find("#clipboard-send").click();
    if (person.find("#clipboard-text").isVisible()) {
      person.page().keyboard().press("Escape");
    }
  }

  /** Does what a person does who sees that it did not help: the same again. */
  private static void again(Visitor person, Runnable attempt, Callable<Boolean> hasHelped) {
    for (int tries = 0; ; tries++) {
      try {
        attempt.run();
        seen(hasHelped);
        return;
      } catch (ConditionTimeoutException e) {
        person.picture("sign-in-again-" + tries);
        if (tries == 5) {
          throw e;
        }
      }
    }
  }

  /** A line of what a command has said so far, without what it begins with. */
  private static String awaitLine(Process command, Path said, String beginning) {
    return Awaitility.await()
        .pollInSameThread()
        .atMost(LONG)
        .until(
            () -> {
              List<String> lines = Files.readAllLines(said);
              assertThat(command.isAlive()).as(lines.toString()).isTrue();
              return lines.stream()
                  .filter(line -> line.startsWith(beginning))
                  .map(line -> line.substring(beginning.length()))
                  .findFirst()
                  .orElse("");
            },
            line -> !line.isEmpty());
  }

  /** A person's own browser, which takes the stand-ins for what they stand for. */
  private Visitor person() {
    return chromium.visitor(
        new Browser.NewContextOptions().setViewportSize(900, 648).setIgnoreHTTPSErrors(true));
  }

  private static void fillPage(Visitor person, Map<String, String> fields) {
    fields.forEach((name, value) -> person.find("input[name=" + name + "]").fill(value));
    person.find("button").click();
  }

  private static void assertDelivered(Process login, Path said) throws Exception {
    assertThat(login.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(login.exitValue()).as(Files.readString(said)).isZero();
    assertThat(Files.readString(said)).contains("stored: ", "delivered: ");
  }

  @Test
  @Order(2)
  void codexIsSignedInByADeviceCodeAndAnswersInTheUsersVm() throws Exception {
    Path said = folder.resolve("codex.txt");
    Process login = visco.start(said, "login", "codex", "--user", "alice", "--device", "--print");
    String[] typed = awaitLine(login, said, "Type this code: ").split(" at ", 2);
    assertThat(typed[1]).isEqualTo("https://auth.openai.com/codex/device");
    try (Visitor person = person()) {
      person.open(typed[1]);
      fillPage(person, Map.of("code", typed[0], "name", "alice", "password", "correct horse"));
      assertThat(person.find("h1").textContent()).isEqualTo("You can close this page");
    }
    assertDelivered(login, said);
    assertThat(visco.run("exec", cli, "--", "codex", "login", "status").toString())
        .contains("Logged in using ChatGPT");
    assertThat(visco.ok("prompt", "codex", "--user", "alice", "Say hello"))
        .contains("The stand-in of Codex answers alice.");
    everyoneIsValid();
  }

  /** The way beside the channel for programs, which a new version may drop. */
  @Test
  @Order(3)
  void codexIsSignedInAnewByItsTerminal() throws Exception {
    Path said = folder.resolve("codex-terminal.txt");
    Process login =
        visco.start(
            said,
            "login",
            "codex",
            "--user",
            "alice",
            "--rotate",
            "--method",
            "2",
            "--here",
            "--print");
    String page = awaitLine(login, said, "Sign in at ");
    assertThat(page).startsWith("https://auth.openai.com/oauth/authorize?");
    try (Visitor person = person()) {
      person.open(page);
      fillPage(person, Map.of("name", "alice", "password", "correct horse"));
      person
          .page()
          .waitForURL(Pattern.compile("http://(localhost|127\\.0\\.0\\.1):1455/success.*"));
    }
    assertDelivered(login, said);
    assertThat(visco.ok("prompt", "codex", "--user", "alice", "Say hello"))
        .contains("The stand-in of Codex answers alice.");
    everyoneIsValid();
  }

  private void everyoneIsValid() {
    Awaitility.await()
        .pollInSameThread()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(
                    visco
                        .json("credentials", "ls")
                        .valueStream()
                        .map(one -> one.path("state").asString()))
                .isNotEmpty()
                .containsOnly("valid"));
  }

  @Test
  @Order(4)
  void claudeCodeIsSignedInByAPersonsOwnBrowserAndAnswersWithAPlaceholder(OuterNetwork outside)
      throws Exception {
    Path said = folder.resolve("claude.txt");
    Process login =
        visco.start(said, "login", "claude-code", "--user", "alice", "--here", "--print");
    String page = awaitLine(login, said, "Sign in at ");
    assertThat(page).startsWith("https://claude.com/cai/oauth/authorize?");
    try (Visitor person = person()) {
      person.open(page);
      fillPage(person, Map.of("name", "alice", "password", "wrong"));
      assertThat(person.find("p").first().textContent()).isEqualTo("Wrong name or password.");
      fillPage(person, Map.of("name", "alice", "password", "correct horse"));
      person.page().waitForURL("https://platform.claude.com/oauth/code/success**");
    }
    assertDelivered(login, said);
    assertThat(visco.ok("exec", cli, "--", "claude", "auth", "status", "--json"))
        .contains("\"loggedIn\": true");
    assertThat(visco.ok("prompt", "claude-code", "--user", "alice", "Say hello"))
        .contains("The stand-in was asked: Say hello");
    assertThat(
            visco.postText(
                "/api/prompts/execute",
                "{\"userId\":\"alice\",\"provider\":\"claude-code\",\"prompt\":\"Say it again\"}"))
        .as("server-sent events")
        .containsSubsequence(
            "event: content", "The stand-in was asked: Say it again", "event: done")
        .contains("\"exitCode\":0");
    assertThat(
            visco.run("exec", cli, "--", "grep", "-r", "sk-ant-oat01-stand-in", "/root").output())
        .as("the VM has the placeholder")
        .isEmpty();
    everyoneIsValid();
  }

  @Test
  @Order(5)
  void noSecretIsInTheDataFolderInClear() throws IOException {
    try (var files = Files.walk(visco.data())) {
      for (Path file :
          files
              .filter(Files::isRegularFile)
              .filter(it -> !it.startsWith(visco.data().resolve("images")))
              // The cli VM's disk has what was delivered.
              .filter(it -> !it.toString().contains("/vms/"))
              .toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("of-the-stand-in-", "sk-ant-oat01", OidcProvider.PASSWORD);
      }
    }
  }
}
