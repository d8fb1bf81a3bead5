package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The built program on hosts as people have them, each started so; docs/hosts.md lists them. */
@ExtendWith(OuterNetwork.Extension.class)
class HostSituationsIT {
  private final LinuxHost host = new LinuxHost();
  private final List<ProcessRef> holders = new ArrayList<>();

  /** Not below /tmp, which is one of the things that are odd here. */
  private Path folder = Path.of("");

  @BeforeEach
  void open() throws Exception {
    folder = Files.createTempDirectory(Path.of("/var/tmp"), "visco-hosts");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void endHolders() {
    holders.forEach(holder -> host.terminate(holder, true));
    DurableFiles.deleteTree(folder);
  }

  /** A mount namespace in which {@code setup} was done; the words that enter it. */
  private List<String> mounts(String setup) throws Exception {
    Path ready = folder.resolve("ready-" + holders.size());
    ProcessRef holder =
        host.start(
            new Detached(
                List.of(
                    "unshare",
                    "--mount",
                    "--",
                    "bash",
                    "-ec",
                    setup + "; touch \"$0\"; exec sleep infinity",
                    ready.toString()),
                folder.resolve("holder.log")));
    holders.add(holder);
    Awaitility.await().until(() -> Files.exists(ready) || !host.isAlive(holder));
    assertThat(ready).as(Files.readString(folder.resolve("holder.log"))).exists();
    return List.of("nsenter", "--mount", "--target", Long.toString(holder.pid()), "--");
  }

  @SafeVarargs
  private static List<String> words(List<String>... parts) {
    return Stream.of(parts).flatMap(List::stream).toList();
  }

  /** A checkout with a Maven that takes what is built already: for the launcher's own part. */
  private Path checkout() throws Exception {
    Path home = Files.createDirectories(folder.resolve("ein Häuschen"));
    Path built = Path.of("").toAbsolutePath();
    for (String name : List.of("visco", "dependencies.sha256")) {
      Files.copy(built.resolve(name), home.resolve(name));
    }
    Files.createDirectories(home.resolve("src/main"));
    Files.writeString(home.resolve("pom.xml"), "");
    for (String name : List.of("types", "images")) {
      Files.createSymbolicLink(home.resolve(name), built.resolve(name));
    }
    Path maven = Files.createDirectories(folder.resolve("bin")).resolve("mvn");
    Files.writeString(
        maven,
        """
        #!/bin/bash
        mkdir -p '%1$s/.visco/target' && cp -r %2$s/target/visco.jar %2$s/target/lib '%1$s/.visco/target/'
        """
            .formatted(home, built));
    Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
    return home;
  }

  /**
   * All at once: no locale, a path and a user name that nobody expects, a umask, no home, no PATH,
   * a time zone far away, few open files, a data folder on a link, and a /tmp and a /dev/shm that
   * are of no use.
   */
  @Test
  void aHostThatIsOddInEveryWayRunsAVm() throws Exception {
    Path home = checkout();
    Path data = Files.createDirectories(folder.resolve("dätä, groß")).resolve("v 1");
    Path link = Files.createSymbolicLink(folder.resolve("link"), data.getParent());
    Files.writeString(
        folder.resolve("passwd"),
        Files.readString(Path.of("/etc/passwd")).replaceFirst("(?m)^root:", "admin:"));
    List<String> odd =
        mounts(
            "mount -t tmpfs -o noexec,ro tmpfs /tmp; mount --bind "
                + folder.resolve("passwd")
                + " /etc/passwd; mount -t tmpfs -o size=64k tmpfs /dev/shm");
    Files.createDirectories(data);
    try (var visco =
        ViscoUnderTest.withImages(data, Map.of("VISCO_DATA", link.resolve("v 1").toString()))) {
      List<String> launcher =
          List.of(
              "env",
              "-u",
              "LC_ALL",
              "PATH=",
              "HOME=/nonexistent",
              "TZ=Pacific/Kiritimati",
              "JAVA_HOME=" + System.getProperty("java.home"),
              "/bin/bash",
              "-c",
              "umask 077; ulimit -Sn 64; exec \"$0\" \"$@\"",
              home.resolve("visco").toString());
      build(home);
      visco.startBy(words(odd, launcher));
      String table = visco.ok("up");
      assertThat(table).contains("shell answers").contains("is ready at 192.168.100.");
      String vm = visco.json("ps").get(0).path("vmId").asString();
      assertThat(visco.ok("exec", vm, "printf", "Grüße, %s", "日本")).isEqualTo("Grüße, 日本");
      assertThat(visco.ok("exec", vm, "printf", "%s ", "-V", "-h", "--json", "--help"))
          .isEqualTo("-V -h --json --help ");
      assertThat(visco.run("exec", vm, "sh", "-c", "exit 5").exitCode()).isEqualTo(5);
      CommandResult unasked = visco.run("down");
      assertThat(unasked.exitCode()).isEqualTo(3);
      assertThat(unasked.error())
          .contains("1 VM of 1 user (operator: 1)")
          .contains("visco down --yes");
      assertThat(visco.ok("exec", vm, "echo", "still here")).isEqualTo("still here\n");
      assertNobodyElseWrites(data);
    }
  }

  /**
   * The launcher's own first build, by the Maven that only copies. What comes after it starts from
   * the caches of classes, a command's and the daemon's: with this mode Java refuses to start
   * without one.
   */
  private void build(Path home) {
    launch(home, "", "--version");
    launch(home, "-XX:AOTMode=on", "--version");
    launch(home, "-XX:AOTMode=on", "daemon", "--help");
  }

  private void launch(Path home, String options, String... arguments) {
    var words =
        new ArrayList<>(
            List.of(
                "env",
                "PATH=" + folder.resolve("bin") + ":/usr/bin:/bin",
                "JAVA_HOME=" + System.getProperty("java.home"),
                "JDK_JAVA_OPTIONS=" + options,
                home.resolve("visco").toString()));
    words.addAll(List.of(arguments));
    host.check(Command.of(words));
  }

  private static void assertNobodyElseWrites(Path data) throws IOException {
    try (var files = Files.walk(data)) {
      for (Path file : files.filter(file -> !Files.isSymbolicLink(file)).toList()) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        assertThat(mode.charAt(7)).as(file + " " + mode).isEqualTo('-');
      }
    }
  }

  /** A boot unit and a person: the second one waits, and finds done what the first one did. */
  @Test
  void ofTwoUpsAtOnceBothEndWellAndOneDaemonRuns() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "0"))) {
      visco.startBy(words(List.of("bash", "-c", "umask 000; exec \"$0\" \"$@\""), visco.program()));
      var ups = new ArrayList<CompletableFuture<CommandResult>>();
      for (int count = 0; count < 3; count++) {
        ups.add(CompletableFuture.supplyAsync(() -> visco.run("up", "--no-vm")));
      }
      for (CompletableFuture<CommandResult> up : ups) {
        CommandResult result = up.join();
        assertThat(result.exitCode()).as(result.error()).isZero();
        assertThat(result.error()).contains("the daemon serves on 127.0.0.1:");
      }
      assertThat(daemons(visco)).hasSize(1);
      assertNobodyElseWrites(visco.data());

      visco.killDaemon();
      visco.ok("up", "--no-vm");
      assertThat(Files.readAllLines(visco.data().resolve("daemon.log")))
          .as("the log of the one that was killed is there as well")
          .filteredOn(line -> line.contains("serving on"))
          .hasSize(2);
      CommandResult down = visco.run("--set", "network.spare-slots=64", "down", "--yes");
      assertThat(down.exitCode()).as(down.error()).isZero();
      assertThat(down.error()).doesNotContain("ERROR", "Exception", "slot");
      assertThat(visco.leftovers()).isEmpty();
    }
  }

  private List<Long> daemons(ViscoUnderTest visco) {
    return host.processes().stream()
        .filter(process ->
            DaemonProcess.isDaemon(process.arguments())
                && environment(process.ref()).contains("VISCO_DATA=" + visco.data() + "\0"))
        .map(process -> process.ref().pid())
        .toList();
  }

  private static String environment(ProcessRef process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/environ"));
    } catch (IOException e) {
      return "";
    }
  }

  /** Numbers have other digits there, and a capital i has a dot here. */
  @Test
  void whateverTheLanguageOfTheHostAVmWorks() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of())) {
      List<String> program = visco.program();
      visco.startBy(words(program.subList(0, 1), ARABIC, program.subList(1, program.size())));
      assertThat(visco.ok("up")).contains("is ready at 192.168.100.");
      assertThat(visco.ok("ps")).contains("192.168.100.").doesNotContainPattern("[٠-٩]");
      visco.startBy(words(program.subList(0, 1), TURKISH, program.subList(1, program.size())));
      assertThat(visco.ok("ps", "-o", "wide")).contains("TRANSPORT", "PID");
      visco.ok("down", "--yes");
    }
  }

  private static final List<String> ARABIC =
      List.of("-Duser.language=ar", "-Duser.country=EG", "-Duser.extensions=u-nu-arab");
  private static final List<String> TURKISH = List.of("-Duser.language=tr", "-Duser.country=TR");

  @Test
  void whatCannotWorkIsRefusedByNameAndNothingRuns() throws Exception {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    try (var visco = ViscoUnderTest.empty(Map.of())) {
      String below = closed.resolve("data").toString();
      assertRefused(visco.run("up", "--no-vm", "--data", below), below, closed + ",", "chmod o+x");
      assertRefused(
          visco.run("up", "--no-vm", "--listen", "203.0.113.99:4312"),
          "203.0.113.99 is no address of this host",
          "VISCO_LISTEN");
      assertRefused(
          visco.run("up", "--no-vm", "--listen", "http://127.0.0.1:4312"), "is a URL", "127.0.0.1");
      List<String> program = visco.program();
      visco.startBy(
          words(
              List.of("setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource", "--"),
              List.of("prlimit", "--nofile=700", "--"),
              program));
      assertRefused(visco.run("up", "--no-vm"), "only 700 files open", "LimitNOFILE");
      visco.startBy(program);
      assertThat(daemons(visco)).isEmpty();
    }
  }

  private static void assertRefused(CommandResult result, String... words) {
    assertThat(result.exitCode()).as(result.error()).isNotZero();
    assertThat(result.error()).contains(words);
  }
}
