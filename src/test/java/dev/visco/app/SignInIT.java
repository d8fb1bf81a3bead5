package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.signin.session.SmallProvider;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A tool of the test's own signs in in real browser VMs, against a provider outside; its credential
 * comes to the user's cli VM.
 */
@ExtendWith(OuterNetwork.Extension.class)
class SignInIT {
  private static final int PORT = 8088;
  private static final String ISSUER = "http://" + OuterNetwork.WEB_NAME + ":" + PORT;
  private static final String SESSION = "/api/auth/session/";

  /** A boot under software emulation, and the tool's start. */
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir private Path configuration;

  @BeforeAll
  static void provider(OuterNetwork outside) throws IOException {
    outside.java(SmallProvider.class, OuterNetwork.WEB, Integer.toString(PORT));
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> isThere("control?none=1"));
  }

  private static boolean isThere(String path) {
    try {
      return ask(path) == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Asks the provider by its address: this host does not know the outside's names. */
  private static int ask(String path) throws IOException {
    try (var client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create("http://" + OuterNetwork.WEB + ":" + PORT + "/" + path))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private Map<String, String> settings() throws IOException {
    String tool = Files.readString(Path.of("src/test/resources/sign-in/demo-tool.pl"));
    Files.writeString(
        Files.createDirectory(configuration.resolve("providers")).resolve("demo.toml"),
        """
        title = "Demo"
        tool = "perl"
        hosts = ["%2$s"]
        plain-http = true
        values = { issuer = "%1$s" }

        [[login]]
        channel = "plain"
        command = ["sh", "-c", "exec perl \\"$HOME/.demo/tool.pl\\" \\"$1\\" loopback", "sh", "{issuer}"]
        link = ["text"]
        redirect = { hosts = ["localhost"], port = 4242, path = "/callback" }

        [[login]]
        channel = "plain"
        command = ["sh", "-c", "exec perl \\"$HOME/.demo/tool.pl\\" \\"$1\\" device", "sh", "{issuer}"]
        link = ["text"]
        device = { form = "XXXX-XXXX" }

        [[credential.files]]
        path = "~/.demo/auth.json"
        mode = "600"
        format = "json"
        fields = ["/token"]
        expiry = { field = "/expires", unit = "seconds" }

        [[seed-files]]
        path = "~/.demo/tool.pl"
        mode = "600"
        content = '''
        %3$s'''

        [check]
        online = ["sh", "-c", "exec perl \\"$HOME/.demo/tool.pl\\" \\"$1\\" whoami", "sh", "{issuer}"]
        """
            .formatted(ISSUER, OuterNetwork.WEB_NAME, tool));
    Files.createDirectory(configuration.resolve("types"));
    withPool(1);
    return Map.of(
        "VISCO_SIGN_IN_TYPE",
        "browser",
        "VISCO_CONFIG",
        configuration.toString(),
        "VISCO_VAULT_KEY_FILE",
        configuration.resolve("vault.key").toString());
  }

  /** So many desktops wait, from the daemon's next start. */
  private void withPool(int desktops) throws IOException {
    Files.writeString(
        configuration.resolve("types/browser.toml"),
        Files.readString(Path.of("types/browser.toml"))
            .replace("\n[", "\npool = " + desktops + "\n\n["));
  }

  @Test
  void aToolIsSignedInInAVmOfItsOwnAndWorksInTheUsers() throws Exception {
    try (var visco = ViscoUnderTest.withImages(settings()).up()) {
      visco.ok("vault", "init");
      String cli = visco.create("--user", "alice");
      Awaitility.await()
          .atMost(LONG)
          .until(() -> visco.json("pool", "ls").path(0).path("ready").asInt() == 1);
      thePageComesBackInTheVmsOwnBrowser(visco, cli);
      withPool(0); // Another desktop that boots would take the processors from the next one's.
      aDeviceCodeOutlivesTheDaemon(visco, cli);
      aFailureLeavesTheUsersVmAlone(visco, cli);
      // The last one's VM is destroyed, which takes its time.
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() ->
              assertThat(visco.json("ps").valueStream().map(vm -> vm.path("vmId").asString()))
                  .containsExactly(cli));
    }
  }

  private static JsonNode await(ViscoUnderTest visco, String id, Predicate<JsonNode> isSo) {
    return Awaitility.await()
        .atMost(LONG)
        .until(
            () -> {
              JsonNode now = visco.request("GET", SESSION + id);
              assertThat(now.path("state").asString())
                  .as(now.toString())
                  .isNotIn("failed", "expired", "cancelled");
              return now;
            },
            isSo);
  }

  private static Predicate<JsonNode> is(String state) {
    return now -> now.path("state").asString().equals(state);
  }

  private static void thePageComesBackInTheVmsOwnBrowser(ViscoUnderTest visco, String cli)
      throws Exception {
    ask("control?slow=8");
    JsonNode started =
        visco.post("/api/auth/start", "{\"userId\":\"alice\",\"provider\":\"demo\"}");
    String id = started.path("session").asString();
    assertThat(visco.json("inspect", started.path("vmId").asString()).path("start").asString())
        .as("nobody waits for a boot")
        .isEqualTo("pool");
    assertThat(started.path("desktop").asString())
        .contains("/vms/" + started.path("vmId").asString() + "/desktop#");
    await(visco, id, is("exchanging"));
    JsonNode done = await(visco, id, is("delivered"));
    assertThat(done.has("link")).isFalse();
    String told = visco.text(SESSION + id + "/events");
    assertThat(told)
        .contains("event: waiting", "event: opened", "event: validating", "event: stored")
        .doesNotContain("t0k3n");
    assertThat(visco.ok("exec", cli, "--", "cat", ".demo/auth.json")).contains("t0k3n-");
    assertThat(visco.json("credentials", "ls").path(0).path("state").asString()).isEqualTo("valid");
    assertThat(visco.run("inspect", started.path("vmId").asString()).output())
        .contains("destroyed");
    assertThat(secretFiles(visco)).isEmpty();
  }

  /** Files of the data folder with the token in clear. */
  private static java.util.List<Path> secretFiles(ViscoUnderTest visco) throws IOException {
    try (var files = Files.walk(visco.data())) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.startsWith(visco.data().resolve("images")))
          .filter(file -> !file.toString().contains("/vms/")) // The cli VM's disk has it.
          .filter(file -> contains(file, "t0k3n-"))
          .toList();
    }
  }

  private static boolean contains(Path file, String text) {
    try {
      return Files.size(file) < 64 << 20
          && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      return false; // It was replaced meanwhile.
    }
  }

  private static void aDeviceCodeOutlivesTheDaemon(ViscoUnderTest visco, String cli)
      throws Exception {
    ask("control?none=1");
    String id =
        visco
            .post(
                "/api/auth/rotate", "{\"userId\":\"alice\",\"provider\":\"demo\",\"device\":true}")
            .path("session")
            .asString();
    JsonNode waiting = await(visco, id, now -> now.has("code"));
    assertThat(waiting.path("link").asString()).isEqualTo(ISSUER + "/approve");
    closedToEverythingElse(visco, waiting.path("vmId").asString());
    visco.killDaemon();
    visco.up();
    JsonNode again =
        await(visco, id, now -> now.has("code") && !now.path("code").equals(waiting.path("code")));
    assertThat(again.path("vmId")).isEqualTo(waiting.path("vmId"));
    ask("approve?code=" + again.path("code").asString());
    JsonNode done = await(visco, id, is("delivered"));
    assertThat(done.path("credentialVersion").asInt()).isEqualTo(2);
    assertThat(visco.text(SESSION + id + "/events")).contains("event: restarted");
    assertThat(visco.ok("exec", cli, "--", "cat", ".demo/auth.json")).contains("t0k3n-");
  }

  private static void closedToEverythingElse(ViscoUnderTest visco, String vm) {
    for (String[] closed :
        new String[][] {{"exec", vm, "--", "true"}, {"stop", vm}, {"open", vm}}) {
      CommandResult refused = visco.run(closed);
      assertThat(refused.exitCode()).as(String.join(" ", closed)).isNotZero();
      assertThat(refused.error()).as(String.join(" ", closed)).containsIgnoringCase("sign");
    }
    assertThat(visco.json("inspect", vm).path("state").asString()).isEqualTo("ready");
  }

  /** The test is the user's own browser: what comes back to its localhost is passed on. */
  private void aFailureLeavesTheUsersVmAlone(ViscoUnderTest visco, String cli) throws Exception {
    ask("control?fail=1");
    Path said = configuration.resolve("login.txt");
    Process login = visco.start(said, "login", "demo", "--user", "alice", "--here", "--print");
    String page =
        Awaitility.await()
            .atMost(LONG)
            .until(
                () -> {
                  assertThat(login.isAlive()).as(Files.readString(said)).isTrue();
                  return Files.readString(said)
                      .lines()
                      .filter(line -> line.startsWith("Sign in at "))
                      .map(line -> line.substring("Sign in at ".length()))
                      .findFirst()
                      .orElse("");
                },
                link -> !link.isEmpty());
    try (var browser = HttpClient.newHttpClient()) {
      URI authorize = URI.create(page.replace(OuterNetwork.WEB_NAME, OuterNetwork.WEB));
      String back =
          browser
              .send(
                  HttpRequest.newBuilder(authorize).build(), HttpResponse.BodyHandlers.discarding())
              .headers()
              .firstValue("Location")
              .orElseThrow();
      assertThat(back).startsWith("http://localhost:4242/callback?code=");
      assertThat(
              browser
                  .send(
                      HttpRequest.newBuilder(URI.create(back.replace("localhost", "127.0.0.1")))
                          .build(),
                      HttpResponse.BodyHandlers.ofString())
                  .body())
          .contains("Complete");
    }
    assertThat(login.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(login.exitValue()).as(Files.readString(said)).isEqualTo(1);
    assertThat(Files.readString(said))
        .contains("failed: The tool is not signed in", "the token endpoint says 500");
    JsonNode last = visco.json("logins", "ls").path(0);
    assertThat(last.path("state").asString()).isEqualTo("failed");
    assertThat(visco.json("inspect", cli).path("state").asString()).isEqualTo("ready");
  }
}
