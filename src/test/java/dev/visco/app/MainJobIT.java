package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The main job from end to end, as an operator does it. */
@ExtendWith(OuterNetwork.Extension.class)
class MainJobIT {
  @TempDir private Path folder;

  @Test
  void fromNothingToVerifiedVmsThatOutliveTheDaemon(@TempDir Path home) throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of("HOME", home.toString()))) {
      String table = visco.ok("up");
      assertThat(table).contains("root device opened").contains("is ready at 192.168.100.");
      String first = visco.json("ps").get(0).path("vmId").asString();
      assertThat(visco.ok("exec", first, "--", "uname", "-r")).contains("cloud-amd64");

      String second = theOriginalCall(visco);
      Map<String, Long> before = pids(visco);
      assertThat(before).containsOnlyKeys(first, second);
      String script = "echo begun; until [ -e /run/go ]; do sleep 0.1; done; echo ended; exit 7";
      String exec = visco.ok("exec", "-d", second, "sh", "-c", script).strip();
      visco.killDaemon();
      assertThat(visco.run("ps").exitCode()).isNotZero();
      visco.ok("up");
      assertThat(pids(visco)).isEqualTo(before);
      assertThat(visco.ok("exec", second, "--", "echo", "still here")).isEqualTo("still here\n");
      assertThat(visco.ok("execs", "ls", second)).contains(exec, "running");
      visco.ok("exec", second, "touch", "/run/go");
      CommandResult attached = visco.run("execs", "attach", second, exec);
      assertThat(attached.output()).as(attached.error()).isEqualTo("begun\nended\n");
      assertThat(attached.exitCode()).isEqualTo(7);
      CommandResult late = visco.run("exec", "--timeout", "1s", second, "sleep", "600");
      assertThat(late.exitCode()).as(late.error()).isEqualTo(124);
      assertThat(visco.ok("exec", second, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"))
          .as("it was ended in the guest")
          .doesNotContain("sleep 600");
      CommandResult ssh = visco.run("ssh", second, "cat /proc/sys/kernel/hostname; exit 5");
      assertThat(ssh.output()).as(ssh.error()).isEqualTo(second + "\n");
      assertThat(ssh.exitCode()).isEqualTo(5);
      assertThat(visco.ok("exec", second, "echo", "as before")).isEqualTo("as before\n");

      itIsToldAndWatched(visco, second);

      String pci = visco.create("--transport", "pci");
      assertThat(visco.ok("report", pci)).contains("[vda]").contains("1af4:1042", "1af4:1041");

      visco.ok("rm", first);
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
      assertThat(visco.data().resolve("images")).isDirectory();
      assertThat(visco.data().resolve("vms")).isEmptyDirectory();
    }
  }

  /** What it has used grows with what it does, and its events are those of its life. */
  private static void itIsToldAndWatched(ViscoUnderTest visco, String vm) {
    JsonNode before = stats(visco, vm);
    assertThat(before.path("cpuSeconds").asDouble()).as("it has booted").isGreaterThan(1);
    assertThat(before.path("memoryBytes").asLong()).isBetween(32L << 20, 2L << 30);
    assertThat(before.path("memoryLimitBytes").asLong())
        .isGreaterThanOrEqualTo(before.path("memoryBytes").asLong());
    assertThat(before.path("networkReceivedBytes").asLong()).as("commands").isGreaterThan(1000);
    assertThat(before.path("networkSentBytes").asLong()).isGreaterThan(1000);
    visco.ok("exec", vm, "--", "sh", "-c", "head -c 3000000 /dev/zero >/kept; sync; cat /kept");
    JsonNode after = stats(visco, vm);
    for (String name : new String[] {"networkSentBytes", "diskWrittenBytes"}) {
      assertThat(after.path(name).asLong() - before.path(name).asLong())
          .as(name)
          .isGreaterThan(2_900_000);
    }
    assertThat(after.path("cpuSeconds").asDouble())
        .isGreaterThan(before.path("cpuSeconds").asDouble());
    assertThat(visco.text("/metrics")).contains("visco_vm_cpu_seconds_total{vm=\"" + vm + "\"}");
    assertThat(visco.ok("events", "--vm", vm, "--kind", "vm"))
        .containsSubsequence("vm-created", "(asked for by admin)", "vm-ready");
  }

  private static JsonNode stats(ViscoUnderTest visco, String vm) {
    return Json.read(visco.ok("stats", "--no-stream", "--json", vm), JsonNode.class);
  }

  /** Exactly as callers of the earlier product send it. */
  private static String theOriginalCall(ViscoUnderTest visco) throws Exception {
    var tokenFile = visco.data().resolve("admin-token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tokenFile)))
        .isEqualTo("rw-------");
    JsonNode vm =
        visco.post(
            "/api/vms/create?wait=ready",
            """
            {"userId":"5abacdd1-6a9b-48ce-b723-ca8056324c7a","vmType":"cli"}\
            """);
    assertThat(vm.path("state").asString()).as(vm.toString()).isEqualTo("ready");
    assertThat(vm.path("vmId").asString()).matches("vm-[0-9a-z]{8}");
    return vm.path("vmId").asString();
  }

  private static Map<String, Long> pids(ViscoUnderTest visco) {
    var pids = new HashMap<String, Long>();
    for (JsonNode vm : visco.json("ps")) {
      pids.put(vm.path("vmId").asString(), vm.path("pid").asLong());
    }
    return pids;
  }

  /**
   * Guests' memory, disks and consoles, tokens, keys, images: all of it, also of earlier versions.
   */
  @Test
  void nothingInTheDataFolderIsForTheHostsOtherLogins() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String vm = visco.create(createdWith());
      assertHasWhatItWasCreatedWith(visco, vm);
      visco.ok("snapshot", "create", vm, "--name", "kept");
      CommandResult failed = visco.run("create", "--force", "--boot-arg", "root=PARTUUID=none");
      assertThat(failed.exitCode()).as(failed.output() + failed.error()).isNotZero();
      visco.run("diagnose", vm);
      assertThat(visco.openToOthers()).isEmpty();
      visco.killDaemon();
      visco.openAll();
      assertThat(visco.openToOthers()).as("as an earlier version left it").isNotEmpty();
      visco.ok("up", "--no-vm");
      assertThat(visco.openToOthers()).isEmpty();
      assertThat(visco.ok("exec", vm, "--", "echo", "still here")).isEqualTo("still here\n");
      visco.ok("snapshot", "restore", "kept");
      assertThat(visco.openToOthers()).isEmpty();
      assertHasTheSameAfterARestart(visco, vm);
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }

  private static void assertHasTheSameAfterARestart(ViscoUnderTest visco, String vm) {
    visco.ok("exec", vm, "--", "sh", "-c", "echo changed >/etc/app.toml; rm /srv/app/key");
    visco.ok("rename", "web", "web-2");
    visco.ok("restart", "web-2");
    assertThat(visco.ok("exec", "web-2", "--", "hostname")).isEqualTo("web-2\n");
    assertThat(visco.ok("exec", vm, "--", "printenv", "GREETING")).isEqualTo(GREETING + "\n");
    assertThat(visco.ok("exec", vm, "--", "cat", "/etc/app.toml"))
        .as("files are put in place once")
        .isEqualTo("changed\n");
    assertThat(visco.run("exec", vm, "--", "test", "-e", "/srv/app/key").exitCode()).isEqualTo(1);
    assertThat(visco.ok("logs", vm, "--boot", "1")).doesNotContain(SECRET);
  }

  @Test
  void passesInputOutputAndExitCodesThrough() {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      CommandResult first =
          visco.run("run", "--name", "box", "cli", "sh", "-c", "echo $0; exit 4", "--rm");
      assertThat(first.output()).as(first.error()).isEqualTo("--rm\n");
      assertThat(first.exitCode()).isEqualTo(4);
      String vm = "box";
      byte[] input = "one\0two\n".getBytes(StandardCharsets.UTF_8);
      CommandResult cat =
          visco.run(input, "exec", vm, "--", "sh", "-c", "cat; echo wrong >&2; exit 7");
      assertThat(cat.exitCode()).isEqualTo(7);
      assertThat(cat.output()).isEqualTo("one\0two\n");
      assertThat(cat.error()).contains("wrong");
      CommandResult odd = visco.run("exec", vm, "--", "printf", "%s|", "a b", "$HOME", "it's", "");
      assertThat(odd.output()).isEqualTo("a b|$HOME|it's||");
      CommandResult killed = visco.run("exec", vm, "--", "sh", "-c", "kill -9 $$");
      assertThat(killed.exitCode()).isEqualTo(137);
      itsWebApplicationIsShownByALink(visco, vm);
    }
  }

  /** As a browser opens it: sent on with a cookie, to a server that listens on localhost alone. */
  private void itsWebApplicationIsShownByALink(ViscoUnderTest visco, String vm) {
    CommandResult closed = visco.run("link", vm, "8080");
    assertThat(closed.exitCode()).isEqualTo(3);
    assertThat(closed.error()).contains("is not open").contains("--port 8080");
    visco.ok("update", vm, "--port", "8080");
    String link = visco.ok("link", vm, "8080", "--for", "10m").strip();
    assertThat(link).contains("8080-vm-").contains(".localhost:");
    assertThat(browse(link)).startsWith("502 ").contains("Nothing listens on port 8080");
    Path changes = folder.resolve("changes");
    Process watch = visco.start(changes, "watch", "-r", vm, "/srv");
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> Files.readString(changes).contains("watching"));
    visco.ok("exec", vm, "--", "sh", "-c", "mkdir /srv/www; echo hello >/srv/www/index.html");
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> Files.readString(changes).contains("created  /srv/www/index.html"));
    watch.destroy();
    visco.ok("exec", vm, "--", "sh", "-c", "seq 300000 >/srv/www/numbers.txt");
    visco.ok("exec", "-d", vm, "busybox", "httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/srv/www");
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(browse(link)).isEqualTo("200 hello\n"));
    String numbers = browse(link.replace("/?", "/numbers.txt?"));
    assertThat(numbers).startsWith("200 1\n2\n").endsWith("\n300000\n").hasSize(1988899);
    String id = visco.json("links", "ls", vm).get(0).path("id").asString();
    visco.ok("links", "rm", vm, id);
    assertThat(browse(link)).startsWith("401 ").contains("was revoked");
  }

  /** Status and content; curl finds names below localhost by itself, as browsers do. */
  private String browse(String link) {
    String jar = folder.resolve("cookies").toString();
    CommandResult shown =
        new LinuxHost()
            .run(
                Command.of(
                    "curl",
                    "-sSL",
                    "-b",
                    jar,
                    "-c",
                    jar,
                    "-H",
                    "Accept: text/html",
                    "-w",
                    "%{http_code}",
                    link));
    assertThat(shown.exitCode()).as(shown.error()).isZero();
    String all = shown.output();
    return all.substring(all.length() - 3) + " " + all.substring(0, all.length() - 3);
  }

  private static final String GREETING = "it's \\ \"so\" $HOME #1 äß";
  private static final String SECRET = "a-secret-of-its-own";

  private String[] createdWith() throws IOException {
    Path key = Files.writeString(folder.resolve("key"), SECRET);
    Path file = Files.writeString(folder.resolve("app.toml"), "port = 8080\n");
    return new String[] {
      "--name",
      "web",
      "--label",
      "team=red",
      "--memory",
      "256MiB",
      "-e",
      "GREETING=" + GREETING,
      "-e",
      "LINES=one\ntwo",
      "-e",
      "TOKEN=" + SECRET,
      "--file",
      file + ":/etc/app.toml",
      "--file",
      key + ":/srv/app/key:0600:nobody:nogroup"
    };
  }

  private static void assertHasWhatItWasCreatedWith(ViscoUnderTest visco, String vm) {
    assertThat(visco.json("inspect", "web").path("vmId").asString()).isEqualTo(vm);
    assertThat(visco.ok("exec", "web", "--", "hostname")).isEqualTo("web\n");
    assertThat(visco.ok("exec", "web", "--", "printenv", "GREETING")).isEqualTo(GREETING + "\n");
    assertThat(visco.ok("exec", "web", "--", "printenv", "LINES")).isEqualTo("one\ntwo\n");
    assertThat(visco.ok("exec", "--user", "nobody", "web", "--", "printenv", "TOKEN"))
        .isEqualTo(SECRET + "\n");
    String ofService = "env -i /usr/lib/visco/service one /usr/bin/printenv TOKEN";
    assertThat(visco.ok("exec", "web", "--", "sh", "-c", ofService)).isEqualTo(SECRET + "\n");
    String bySshd = "cat /run/visco/sshd_environment; sshd -T | grep -i setenv";
    assertThat(visco.ok("exec", "web", "--", "sh", "-c", bySshd)).contains("TOKEN=" + SECRET);
    String files = "stat -c '%a %U:%G %s' /etc/app.toml /srv/app/key; cat /srv/app/key";
    assertThat(visco.ok("exec", "web", "--", "sh", "-c", files))
        .isEqualTo("644 root:root 12\n600 nobody:nogroup 19\n" + SECRET);
    assertThat(visco.ok("exec", "web", "--", "ls", "/run/visco")).doesNotContain("file-");
    assertThat(visco.ok("logs", "web")).contains("visco: file /srv/app/key is in place");
    for (String shown : List.of(visco.ok("inspect", "web"), visco.ok("logs", "web"))) {
      assertThat(shown).doesNotContain(SECRET);
    }
  }
}
