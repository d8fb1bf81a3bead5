package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Real guests wait, and whoever creates a VM gets one of them. */
class PoolIT {
  private static final String DEMO =
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
      [prompt]
      command = ["demo", "{prompt}"]
      stream = "text"
      """;

  private static final String CREDENTIAL = "{\"token\":\"marker-5e1f0c7a92d4\"}";

  @TempDir Path configuration;

  @ParameterizedTest
  @MethodSource("dev.visco.outer.Transports#mmio")
  void whoeverCreatesAVmGetsOneThatWaitsAndItIsTheirsAlone(String transport) throws Exception {
    type(transport, "pool = 2\n");
    var settings =
        Map.of(
            "VISCO_CONFIG",
            configuration.toString(),
            "VISCO_VAULT_KEY_FILE",
            configuration.resolve("vault.key").toString());
    Files.writeString(
        Files.createDirectory(configuration.resolve("providers")).resolve("demo.toml"), DEMO);
    try (var visco = ViscoUnderTest.withImage(settings).up()) {
      visco.ok("vault", "init");
      byte[] credential = CREDENTIAL.getBytes(StandardCharsets.UTF_8);
      assertThat(visco.run(credential, "credentials", "put", "demo", "--user", "anna").exitCode())
          .isZero();
      awaitReady(visco, 2);
      assertThat(visco.json("pool", "ls").get(0).path("template").asString())
          .startsWith("pool_cli");
      Set<String> waiting = waiting(visco);

      JsonNode box =
          visco.json(
              "create", "--user", "anna", "--name", "box", "-e", "WHO=anna ü", "--ttl", "2h");
      String id = box.path("vmId").asString();
      assertThat(waiting).contains(id);
      assertThat(box.path("start").asString()).isEqualTo("pool");
      assertThat(box.path("userId").asString()).isEqualTo("anna");
      hasAllOfItsUser(visco);
      awaitReady(visco, 2);

      // Those that wait outlive the daemon, and are given away by the next one.
      Set<String> before = waiting(visco);
      visco.killDaemon();
      visco.ok("up");
      JsonNode other = visco.json("create", "--user", "bert");
      assertThat(before).contains(other.path("vmId").asString());
      assertThat(other.path("from").isMissingNode()).as("a template is nobody's").isTrue();
      var told = new HashSet<String>();
      for (String vm : new String[] {id, other.path("vmId").asString()}) {
        told.add(
            visco.ok(
                "exec",
                vm,
                "sh",
                "-c",
                "cat /run/visco/ssh_host_ed25519_key.pub; ip -4 -o addr show dev eth0; "
                    + "head -c 16 /dev/urandom | od -An -tx1"));
      }
      assertThat(told).hasSize(2);
      assertThat(visco.json("report", id).path("criteria")).isNotEmpty();

      // One of a user's boots from its own disk, as any VM.
      visco.ok("exec", "box", "sh", "-c", "echo kept >/srv/kept");
      visco.ok("restart", "box");
      assertThat(visco.ok("exec", "box", "sh", "-c", "hostname; cat /srv/kept; echo $WHO"))
          .isEqualTo("box\nkept\nanna ü\n");
      hasAllOfItsUser(visco);
      assertThat(visco.text("/metrics"))
          .contains("visco_pool_requests_total{outcome=\"taken\",type=\"cli\"} 2.0")
          .contains("visco_ready_seconds_count{start=\"pool\"} 2");

      // A login shell, by a connection that is older than the variables.
      awaitReady(visco, 2);
      byte[] typed = "echo \"is:$WHO\"\nexit\n".getBytes(StandardCharsets.UTF_8);
      CommandResult run =
          visco.run(typed, "run", "--rm", "-i", "-t", "--owner", "carl", "-e", "WHO=carl", "cli");
      assertThat(run.output()).as(run.error()).contains("is:carl").doesNotContain("lastlog");

      // Without the setting none waits any more.
      type(transport, "");
      visco.killDaemon();
      visco.ok("up");
      Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> waiting(visco).isEmpty());
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }

  /** Its name, variables and credentials are there for whatever is started in it. */
  private static void hasAllOfItsUser(ViscoUnderTest visco) {
    assertThat(visco.ok("exec", "box", "sh", "-c", "hostname; tail -n 1 /etc/hosts; echo \"$WHO\""))
        .isEqualTo("box\n127.0.1.1 box\nanna ü\n");
    String service = "echo \"$WHO\" >/run/told";
    visco.ok(
        "exec", "box", "env", "-i", "/usr/lib/visco/service", "later", "/bin/sh", "-c", service);
    assertThat(visco.ok("exec", "box", "cat", "/run/told")).isEqualTo("anna ü\n");
    assertThat(visco.ok("ssh", "box", "env -0 | tr '\\0' '\\n' | grep ^WHO="))
        .as("who signs in from outside")
        .isEqualTo("WHO=anna ü\n");
    assertThat(
            visco.ok(
                "exec",
                "box",
                "sh",
                "-c",
                "stat -c '%a %U %G' ~/.demo ~/.demo/auth.json /run/visco/environment; cat ~/.demo/auth.json"))
        .isEqualTo("700 root root\n600 root root\n600 root root\n" + CREDENTIAL);
  }

  private void type(String transport, String more) throws IOException {
    String text = Files.readString(Path.of("types/cli.toml"));
    Files.writeString(
        Files.createDirectories(configuration.resolve("types")).resolve("cli.toml"),
        text.replace("\"mmio\"", '"' + transport + '"') + more);
  }

  private static void awaitReady(ViscoUnderTest visco, int number) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> visco.json("pool", "ls").get(0).path("ready").asInt() == number);
  }

  private static Set<String> waiting(ViscoUnderTest visco) {
    var ids = new HashSet<String>();
    for (JsonNode vm : visco.json("ps", "--filter", "user=visco-pool")) {
      ids.add(vm.path("vmId").asString());
    }
    return ids;
  }
}
