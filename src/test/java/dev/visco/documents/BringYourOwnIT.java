package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.image.oci.MadeContainer;
import dev.visco.image.oci.MadeRegistry;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Container images, from a registry and from files, to VMs that are proven to work; the walk of
 * docs/bring-your-own.md is one of them.
 */
@ExtendWith(OuterNetwork.Extension.class)
class BringYourOwnIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  @TempDir private Path folder;

  @Test
  void imagesAreReadyAndRunTheirProgramsAsTheySay() throws Exception {
    try (var registry = new MadeRegistry();
        var visco = ViscoUnderTest.withImage(Map.of("DOCKER_CONFIG", folder.toString())).up()) {
      MadeContainer image = web();
      registry.with("shop/web:3", image).wanting("ann", "secret");
      String reference = registry.address() + "/shop/web:3";
      assertThat(visco.run("image", "pull", reference).error()).contains("docker login");
      signIn(registry);
      String web = walk(visco, registry);
      assertThat(registry.askedBlobs().stream().filter(image.layerDigests()::contains))
          .as("no layer twice")
          .containsExactlyElementsOf(image.layerDigests());
      itIsShown(visco, reference);
      itRunsAsItsUser(visco, web);
      aServiceThatFailsIsStartedAgain(visco, web);
      aNodeImageWithoutAShellWorksToo(visco);
      stopEndsTheServiceAsItsImageWants(visco, web);
    }
  }

  /** Types what the document shows; the last line pulls once more. Returns the VM. */
  private static String walk(ViscoUnderTest visco, MadeRegistry registry) {
    var run =
        new DocumentRun(
                words -> {
                  CommandResult result = visco.run(words.toArray(String[]::new));
                  return new DocumentRun.Outcome(
                      result.exitCode(), result.output(), result.error());
                })
            .with("127.0.0.1:5000/", registry.address() + "/");
    List<FencedBlock> blocks =
        FencedBlock.of(Path.of("docs/bring-your-own.md")).stream()
            .filter(block -> block.section().equals("From a container image"))
            .filter(FencedBlock::hasCommands)
            .toList();
    assertThat(blocks).hasSize(1);
    blocks.forEach(run::run);
    assertThat(run.ran()).hasSize(7);
    return run.filled("$VM");
  }

  /** busybox, its links, and a user who serves a folder. */
  private static MadeContainer web() throws Exception {
    var links = new HashMap<String, String>();
    for (String name : List.of("sh", "httpd", "id", "kill", "pidof", "wget")) {
      links.put("bin/" + name, "busybox");
    }
    String script =
        "trap 'echo \"asked to end\"; exit 0' INT; id; echo \"$GREETING\"; \"$@\" & wait $!";
    return new MadeContainer()
        .programs(Map.of("bin/busybox", Path.of("/bin/busybox")))
        .links(links)
        .texts(
            Map.of(
                "etc/passwd",
                "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/srv:/bin/sh\n",
                "etc/group",
                "app:x:1000:\nextra:x:2000:app\n",
                "srv/index.html",
                "served by the image"))
        .with("Entrypoint", List.of("/bin/sh", "-c", script, "web"))
        .with("Cmd", List.of("httpd", "-f", "-p", "8080"))
        .with("User", "app")
        .with("WorkingDir", "/srv")
        .with("Env", List.of("GREETING=hello", "KIND=it's an \"image\"", "PATH=/bin"))
        .with("StopSignal", "SIGINT")
        .with("ExposedPorts", Map.of("8080/tcp", Map.of()));
  }

  private void signIn(MadeRegistry registry) throws Exception {
    String auth = Base64.getEncoder().encodeToString("ann:secret".getBytes(StandardCharsets.UTF_8));
    Path config = folder.resolve("config.json");
    Files.writeString(
        config, "{\"auths\":{\"" + registry.address() + "\":{\"auth\":\"" + auth + "\"}}}");
  }

  private static void itIsShown(ViscoUnderTest visco, String reference) {
    assertThat(visco.ok("image", "ls")).contains(reference);
    JsonNode shown =
        Json.read(visco.ok("image", "inspect", "web"), JsonNode.class)
            .path("manifest")
            .path("container");
    assertThat(shown.path("reference").asString()).isEqualTo(reference);
    assertThat(shown.path("digest").asString()).startsWith("sha256:");
    assertThat(shown.path("command").path(0).asString()).isEqualTo("httpd");
    assertThat(shown.path("environment").path("GREETING").asString()).isEqualTo("hello");
    assertThat(shown.path("ports").path(0).asString()).isEqualTo("8080/tcp");
  }

  private static void itRunsAsItsUser(ViscoUnderTest visco, String vm) {
    assertThat(visco.ok("exec", vm, "sh", "-c", "id; pwd; echo \"$KIND $GREETING\""))
        .isEqualTo(
            "uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)\n/srv\n"
                + "it's an \"image\" good-day\n");
    assertThat(visco.ok("exec", "-u", "root", vm, "id", "-u")).isEqualTo("0\n");
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(visco.run("exec", vm, "wget", "-qO-", "http://127.0.0.1:8080/").output())
                .isEqualTo("served by the image"));
    assertThat(visco.ok("logs", vm))
        .contains("uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)")
        .contains("good-day");
    assertThat(visco.ok("exec", vm, "ip", "-4", "addr", "show", "eth0"))
        .as("a program that the image does not have")
        .contains("192.168.100.");
  }

  private static void aServiceThatFailsIsStartedAgain(ViscoUnderTest visco, String vm) {
    String before = visco.ok("exec", vm, "pidof", "httpd");
    visco.ok("exec", vm, "kill", before.strip());
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(visco.run("exec", vm, "pidof", "httpd").output())
                .isNotBlank()
                .isNotEqualTo(before));
    assertThat(visco.ok("logs", vm)).contains("visco: service app ended with 143, starts again");
  }

  /** Debian's Node, linked to its libraries, and nothing else: no shell, no users. */
  private void aNodeImageWithoutAShellWorksToo(ViscoUnderTest visco) throws Exception {
    var files = new HashMap<String, Path>();
    Path node = Path.of("/usr/bin/node").toRealPath();
    files.put("usr/bin/node", node);
    new LinuxHost()
        .check(Command.of("ldd", node.toString()))
        .output()
        .lines()
        .flatMap(line -> List.of(line.strip().split("\\s+")).stream())
        .filter(word -> word.startsWith("/"))
        .forEach(library -> files.put(library.substring(1), Path.of(library)));
    String server =
        "require('http').createServer((q, a) => a.end('node ' + process.getuid())).listen(8080,"
            + " () => console.log('up as ' + process.getuid()))";
    Path layout =
        new MadeContainer()
            .programs(files)
            .texts(Map.of("srv/server.js", server))
            .with("Entrypoint", List.of("/usr/bin/node"))
            .with("Cmd", List.of("server.js"))
            .with("WorkingDir", "/srv")
            .with("User", "65532")
            .layout(folder.resolve("layout"), "node");
    visco.ok("image", "import", "node", "--oci", layout.toString());
    String vm = visco.create("--image", "node");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(visco.ok("logs", vm)).contains("up as 65532"));
    assertThat(visco.ok("exec", vm, "wget", "-qO-", "http://127.0.0.1:8080/"))
        .isEqualTo("node 65532");
    assertThat(visco.ok("exec", "-u", "0", vm, "sh", "-c", "echo $((6 * 7)) $HOME"))
        .as("Visco's own shell")
        .isEqualTo("42 /root\n");
  }

  private static void stopEndsTheServiceAsItsImageWants(ViscoUnderTest visco, String vm) {
    CommandResult stopped = visco.run("stop", vm);
    assertThat(stopped.exitCode()).as(stopped.error()).isZero();
    assertThat(visco.ok("logs", vm)).contains("asked to end", "Power down");
  }
}
