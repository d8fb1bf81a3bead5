package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A user's credentials in a real guest, on a host with a vault: there before it is ready, refreshed
 * by its tool, after a killed daemon, a restore and a rebuild, and taken away again. The tools are
 * scripts of the test.
 */
@ExtendWith(OuterNetwork.Extension.class)
class DeliveryIT {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String MARKER = "marker-5e1f0c7a92d4";
  private static final String FILE = "~/.demo/auth.json";

  /** Answers with its token's length, and writes itself a new token as real ones do. */
  private static final String DEMO =
      """
      #!/bin/sh
      file=$HOME/.demo/auth.json
      grep -q '"token":"marker' "$file" || { echo 'please sign in' >&2; exit 3; }
      if [ "$1" = refresh ]; then
        umask 077
        sed 's/"token":"[^"]*"/"token":"%s-fresh"/; s/"expires":[0-9]*/"expires":4102444805000/' "$file" >"$file.new"
        mv "$file.new" "$file"
      fi
      echo "signed in, $1"
      """
          .formatted(MARKER);

  private static final String KEYED =
      "#!/bin/sh\n[ \"$KEYED_KEY\" = " + MARKER + "-key ] && echo \"has its key, $1\"\n";

  private static final String DEMO_TOML =
      """
      title = "Demo"
      tool = "demo"
      [[login]]
      channel = "plain"
      command = ["demo", "login"]
      link = ["text"]
      device = {}
      [[credential.files]]
      path = "~/.demo/auth.json"
      mode = "600"
      format = "json"
      fields = ["/token"]
      expiry = { field = "/expires", unit = "milliseconds" }
      rotates = true
      [check]
      online = ["demo", "check"]
      sign-in-exits = [3]
      [prompt]
      command = ["demo", "{prompt}"]
      stream = "text"
      sign-in-exits = [3]
      """;

  private static final String KEYED_TOML =
      """
      title = "Keyed"
      tool = "keyed"
      [[login]]
      channel = "key"
      [credential]
      variables = ["KEYED_KEY"]
      [prompt]
      command = ["keyed", "{prompt}"]
      stream = "text"
      """;

  @TempDir private Path folder;
  private ViscoUnderTest visco;
  private String vm = "";

  @BeforeEach
  void providers() throws IOException {
    Path providers = Files.createDirectories(folder.resolve("etc/providers"));
    Files.writeString(providers.resolve("demo.toml"), DEMO_TOML);
    Files.writeString(providers.resolve("keyed.toml"), KEYED_TOML);
    var settings =
        Map.of(
            "VISCO_CONFIG",
            folder.resolve("etc").toString(),
            "VISCO_VAULT_KEY_FILE",
            folder.resolve("vault.key").toString(),
            "VISCO_CREDENTIALS_READ_BACK",
            "1s",
            "VISCO_CREDENTIALS_CHECK",
            "0s");
    visco = ViscoUnderTest.withImage(settings);
  }

  @AfterEach
  void end() {
    visco.close();
  }

  private static String value(String token, long expires) {
    return "{\"token\":\"" + token + "\",\"expires\":" + expires + "}";
  }

  private String put(String provider, String value) {
    CommandResult made =
        visco.run(
            value.getBytes(StandardCharsets.UTF_8),
            "credentials",
            "put",
            provider,
            "--user",
            "alice");
    assertThat(made.exitCode()).as(made.error()).isZero();
    return made.output().strip();
  }

  private String guest(String script) {
    return visco.ok("exec", vm, "--", "sh", "-c", script).strip();
  }

  private void tool(String name, String script) {
    CommandResult made =
        visco.run(
            script.getBytes(StandardCharsets.UTF_8),
            "exec",
            "-i",
            vm,
            "--",
            "sh",
            "-c",
            "cat >/usr/local/bin/" + name + " && chmod 755 /usr/local/bin/" + name);
    assertThat(made.exitCode()).as(made.error()).isZero();
  }

  private JsonNode shown(String credential) {
    return visco.json("credentials", "show", credential);
  }

  private void awaitDelivered(String credential, int version) {
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> {
          JsonNode now = shown(credential);
          assertThat(now.path("version").asInt()).isEqualTo(version);
          assertThat(now.path("vms").path(0).path("state").asString())
              .as(now.toString())
              .isEqualTo("delivered");
        });
  }

  @Test
  void credentialsAreInTheirGuestAsLongAsTheyAreInTheVault() throws Exception {
    visco.up();
    visco.ok("vault", "init");
    String demo = put("demo", value(MARKER + "-first", 4102444801000L));
    vm = visco.create("--user", "alice");
    aNewGuestHasItBeforeItIsReady(demo);
    toolsWorkAndRefreshIt(demo);
    aKeyIsForItsProcessAlone();
    aKilledDaemonGoesOn(demo);
    nothingElseHasIt();
    aRestoreAndARebuildEndWithTheNewest(demo);
    whatIsRemovedIsGone(demo);
  }

  private void aNewGuestHasItBeforeItIsReady(String demo) {
    assertThat(guest("stat -c '%a %U %G' " + FILE + "; stat -c %a ~/.demo"))
        .isEqualTo("600 root root\n700");
    assertThat(guest("cat " + FILE)).isEqualTo(value(MARKER + "-first", 4102444801000L));
    assertThat(shown(demo).path("vms").path(0).path("vm").asString()).isEqualTo(vm);
    awaitDelivered(demo, 1);
  }

  private void toolsWorkAndRefreshIt(String demo) {
    tool("demo", DEMO);
    visco.ok("snapshot", "create", vm, "--name", "before");
    assertThat(visco.ok("credentials", "validate", demo)).contains(demo + " is valid");
    assertThat(visco.ok("prompt", "demo", "--user", "alice", "hello"))
        .isEqualTo("signed in, hello\n");
    assertThat(visco.ok("prompt", "demo", "--user", "alice", "refresh")).contains("signed in");
    awaitDelivered(demo, 2);
    assertThat(shown(demo).path("state").asString()).isEqualTo("valid");
  }

  private void aKeyIsForItsProcessAlone() {
    tool("keyed", KEYED);
    String keyed = put("keyed", MARKER + "-key");
    awaitDelivered(keyed, 1);
    assertThat(visco.ok("prompt", "keyed", "--user", "alice", "hi")).isEqualTo("has its key, hi\n");
    assertThat(visco.ok("exec", vm, "--", "keyed", "ho")).isEqualTo("has its key, ho\n");
    assertThat(guest("grep -rlF " + MARKER + "-key ~ /var /etc /run /tmp 2>/dev/null || true"))
        .as("no file of the guest has it")
        .isEmpty();
  }

  private void aKilledDaemonGoesOn(String demo) {
    put("demo", value(MARKER + "-second", 4102444802000L));
    visco.killDaemon();
    visco.up();
    awaitDelivered(demo, 3);
    assertThat(guest("cat " + FILE)).isEqualTo(value(MARKER + "-second", 4102444802000L));
    assertThat(guest("ls -A ~/.demo")).as("nothing half-written").isEqualTo("auth.json");
    visco.ok("prompt", "demo", "--user", "alice", "refresh");
    awaitDelivered(demo, 4);
  }

  /** The guest's own disk and memory aside. */
  private void nothingElseHasIt() throws IOException {
    Path bundle = folder.resolve("bundle.tar.gz");
    visco.ok("bundle", vm, "--output", bundle.toString());
    Path unpacked = Files.createDirectories(folder.resolve("unpacked"));
    new LinuxHost().check(Command.of("tar", "-xzf", bundle.toString(), "-C", unpacked.toString()));
    assertThat(filesWith(unpacked)).isEmpty();
    assertThat(filesWith(visco.data())).allMatch(DeliveryIT::isOfTheGuest);
    for (String words : List.of("events --limit 1000", "audit --limit 1000", "logs " + vm)) {
      assertThat(visco.ok(words.split(" "))).doesNotContain(MARKER);
    }
    String mine =
        "tr '\\0' '\\n' </proc/$$/cmdline >/dev/null; cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'";
    assertThat(guest(mine)).doesNotContain(MARKER);
  }

  private static boolean isOfTheGuest(Path file) {
    return file.getFileName().toString().startsWith("root.")
        || file.toString().contains("/snapshots/");
  }

  /** But for the images, gigabytes that were there before the marker was. */
  private static List<Path> filesWith(Path root) throws IOException {
    CommandResult found =
        new LinuxHost()
            .run(
                Command.of(
                    "grep",
                    "-rlaF",
                    "--devices=skip",
                    "--exclude-dir=objects",
                    MARKER,
                    root.toString()));
    var files = new ArrayList<Path>();
    found.output().lines().forEach(line -> files.add(Path.of(line)));
    return files;
  }

  private void aRestoreAndARebuildEndWithTheNewest(String demo) {
    String newest = value(MARKER + "-fresh", 4102444805000L);
    visco.ok("snapshot", "restore", "before");
    assertThat(guest("cat " + FILE)).isEqualTo(newest);
    visco.ok("snapshot", "rm", "before");
    visco.ok("rebuild", vm, "--yes");
    assertThat(guest("cat " + FILE)).isEqualTo(newest);
    awaitDelivered(demo, 4);
  }

  private void whatIsRemovedIsGone(String demo) {
    visco.ok("credentials", "rm", demo);
    assertThat(guest("ls -A ~/.demo")).isEmpty();
  }
}
