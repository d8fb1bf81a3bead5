package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script itself, in a folder of its own, with a JDK and a Maven that only pretend. */
class LauncherTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Of the file that the Maven which pretends leaves. */
  private static final String LIBRARY =
      "b5e0dfe3c2b269568c488e74fdc56495a5729538ebc6ef36488c85a7d7a1730e";

  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;

  @BeforeEach
  void aCheckout() throws IOException {
    // Where the distribution's JDKs are is the one thing that a test must be able to move.
    script(
        folder.resolve("visco"),
        Files.readString(Path.of("visco")).replace("/usr/lib/jvm/*", folder + "/jvm/*"));
    Files.createDirectories(folder.resolve("src/main"));
    Files.writeString(folder.resolve("pom.xml"), "");
    Files.writeString(folder.resolve("dependencies.sha256"), LIBRARY + "  a.jar\n");
    maven("");
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A Maven that notes each call, runs {@code before}, and leaves what the real one would. */
  private void maven(String before) throws IOException {
    script(
        folder.resolve("bin/mvn"),
        """
        #!/bin/bash
        echo "JAVA_HOME=$JAVA_HOME $*" >> %1$s/builds
        %2$s
        mkdir -p %1$s/.visco/target/lib && echo jar > %1$s/.visco/target/visco.jar
        echo library > %1$s/.visco/target/lib/a.jar
        """
            .formatted(folder, before));
  }

  /** A JDK whose java prints its name and its arguments, and trains in no time. */
  private Path jdk(String name, String version) throws IOException {
    Files.createDirectories(folder.resolve("seen"));
    Path jdk = folder.resolve("jvm").resolve(name);
    script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
    script(
        jdk.resolve("bin/java"),
        """
        #!/bin/bash
        echo "PATH=$PATH LC_ALL=${LC_ALL-} files=$(ulimit -Sn) umask=$(umask)" > %1$s/seen/environment
        for word in "$@"; do
          case $word in
            -XX:AOTCacheOutput=*) touch "${word#*=}" ;;
            wait) read -r line < %1$s/go ;;
          esac
        done
        echo "%2$s $*"
        """
            .formatted(folder, name));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return jdk;
  }

  private Command command(String javaHome, String... arguments) {
    var words =
        new ArrayList<>(
            List.of(
                "env",
                "-i",
                "PATH=" + folder.resolve("bin") + ":/usr/bin:/bin",
                "JAVA_HOME=" + javaHome,
                folder.resolve("visco").toString()));
    words.addAll(List.of(arguments));
    return Command.of(words).within(DEADLINE);
  }

  private CommandResult run(String... arguments) {
    return host.run(command("", arguments));
  }

  private List<String> builds() throws IOException {
    Path file = folder.resolve("builds");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private List<Path> buildFolders() throws IOException {
    try (var found = Files.newDirectoryStream(folder.resolve(".visco"), "build-*-*")) {
      var all = new ArrayList<Path>();
      found.forEach(all::add);
      return all;
    }
  }

  @Test
  void theNewestJdkOfAtLeast25IsTakenWhateverTheOrderOfTheirNames() throws Exception {
    jdk("a-26", "26.0.1");
    jdk("b-17", "17.0.9");
    jdk("c-25", "25.0.3");
    assertThat(run("ps").output()).startsWith("a-26 ").endsWith("visco.jar ps\n");
  }

  @Test
  void aLibraryThatIsNotWhatTheRepositoryNamesIsNotRun() throws Exception {
    jdk("jdk-25", "25.0.3");
    maven("");
    Files.writeString(folder.resolve("dependencies.sha256"), "0".repeat(64) + "  a.jar\n");
    CommandResult changed = run("ps");
    assertThat(changed.exitCode()).isEqualTo(1);
    assertThat(changed.error()).contains("a.jar: FAILED").contains("dependencies.sha256 names");
    assertThat(buildFolders()).isEmpty();
    Files.writeString(
        folder.resolve("dependencies.sha256"), LIBRARY + "  a.jar\n" + LIBRARY + "  b.jar\n");
    assertThat(run("ps").exitCode()).as("one is missing").isEqualTo(1);
    Files.writeString(folder.resolve("dependencies.sha256"), "");
    assertThat(run("ps").exitCode()).as("one that nobody named").isEqualTo(1);
    Files.writeString(folder.resolve("dependencies.sha256"), LIBRARY + "  a.jar\n");
    assertThat(run("ps").exitCode()).isZero();
    assertThat(builds()).allMatch(call -> call.contains(" -C "));
  }

  @Test
  void whatAnybodyMayChangeIsNotRunAsRoot() throws Exception {
    jdk("jdk-25", "25.0.3");
    assertThat(run("ps").exitCode()).isZero();
    for (String shared : List.of("visco", "src/main", ".visco", "")) {
      Path file = folder.resolve(shared);
      var before = Files.getPosixFilePermissions(file);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
      CommandResult refused = run("ps");
      assertThat(refused.exitCode()).as(shared).isEqualTo(1);
      assertThat(refused.error()).contains("anybody on this host may change " + folder);
      Files.setPosixFilePermissions(file, before);
    }
    assertThat(run("ps").exitCode()).isZero();
  }

  @Test
  void javaHomeComesFirstEvenWhereANewerOneIsInstalled() throws Exception {
    jdk("new", "26.0.1");
    Path chosen = jdk("chosen", "25.0.3");
    CommandResult result = host.run(command(chosen.toString(), "ps"));
    assertThat(result.output()).startsWith("chosen ");
    assertThat(builds()).singleElement().asString().startsWith("JAVA_HOME=" + chosen + " ");
  }

  @Test
  void aJavaHomeThatIsTooOldIsPassedOver() throws Exception {
    jdk("good", "25");
    Path old = jdk("old", "21.0.2");
    assertThat(host.run(command(old.toString(), "ps")).output()).startsWith("good ");
  }

  @Test
  void withoutAJdkItSaysWhatToInstall() throws Exception {
    jdk("old", "21.0.2");
    CommandResult result = run("ps");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
    assertThat(result.error())
        .contains("found no JDK 25 or newer")
        .contains("openjdk-25-jdk-headless");
    assertThat(builds()).isEmpty();
  }

  @Test
  void onlyWhatIsStaleIsBuilt() throws Exception {
    jdk("jdk", "25.0.3");
    run("ps");
    run("ps");
    assertThat(builds()).hasSize(1);
    Path source = Files.writeString(folder.resolve("src/main/New.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    run("ps");
    assertThat(builds()).hasSize(2);
  }

  @Test
  void anotherJdkMakesABuildOfItsOwnSinceItCannotReadTheCache() throws Exception {
    Path jdk = jdk("jdk", "25.0.3");
    run("ps");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.4\"\n");
    assertThat(run("ps").exitCode()).isZero();
    assertThat(builds()).hasSize(2);
    run("ps");
    assertThat(builds()).hasSize(2);
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    jdk("jdk", "25.0.3");
    host.check(Command.of("mkfifo", folder.resolve("go").toString()));
    maven("read -r line < " + folder.resolve("go"));
    BlockingQueue<String> firstSays = new LinkedBlockingQueue<>();
    BlockingQueue<String> secondSays = new LinkedBlockingQueue<>();
    BlockingQueue<CommandResult> ended = new LinkedBlockingQueue<>();
    start(firstSays, ended);
    assertThat(firstSays.poll(30, TimeUnit.SECONDS)).contains("builds itself");
    start(secondSays, ended);
    assertThat(secondSays.poll(30, TimeUnit.SECONDS)).contains("waits for the build");
    letGo();
    for (int count = 0; count < 2; count++) {
      CommandResult result = ended.poll(30, TimeUnit.SECONDS);
      assertThat(result).isNotNull();
      assertThat(result.exitCode()).as(result.error()).isZero();
      assertThat(result.output()).startsWith("jdk ");
    }
    assertThat(builds()).hasSize(1);
    assertThat(buildFolders()).hasSize(1);
  }

  private void start(BlockingQueue<String> says, BlockingQueue<CommandResult> ended) {
    Command command = command("", "ps").tellingLines(says::add);
    Thread.ofVirtual().start(() -> ended.add(host.run(command)));
  }

  /** Opening a FIFO waits for its reader, so this returns once somebody was let go. */
  private void letGo() throws IOException {
    Files.writeString(folder.resolve("go"), "go\n");
  }

  @Test
  void aBuildThatFailsShowsItsOutputAndTheNextRunBuildsAgain() throws Exception {
    jdk("jdk", "25.0.3");
    maven("echo 'ERROR: cannot find symbol'; exit 1");
    CommandResult failed = run("ps");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.output()).isEmpty();
    assertThat(failed.error()).contains("ERROR: cannot find symbol").contains("the build failed");
    assertThat(buildFolders()).isEmpty();

    maven("");
    assertThat(run("ps").exitCode()).isZero();
    assertThat(builds()).hasSize(2);
  }

  @Test
  void anEarlierBuildGoesOnceNoProcessRunsFromIt() throws Exception {
    Path jdk = jdk("jdk", "25.0.3");
    host.check(Command.of("mkfifo", folder.resolve("go").toString()));
    run("ps");
    Path first = buildFolders().getFirst();
    ProcessRef running =
        host.start(
            new Detached(
                List.of(jdk.resolve("bin/java").toString(), "-jar", first + "/visco.jar", "wait"),
                folder.resolve("running.log")));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.4\"\n");
    run("ps");
    assertThat(buildFolders()).hasSize(2).contains(first);

    letGo();
    Awaitility.await().atMost(DEADLINE).until(() -> !host.isAlive(running));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.5\"\n");
    run("ps");
    assertThat(buildFolders()).hasSize(1).doesNotContain(first);
  }

  @Test
  void commandsSkipTheOptimizingCompilerAndTheDaemonHasIt() throws Exception {
    jdk("jdk", "25.0.3");
    assertThat(run("ps").output())
        .contains("-XX:TieredStopAtLevel=1")
        .containsPattern("-XX:AOTCache=\\S+/commands.aot");
    assertThat(run("--data", "/d", "daemon").output())
        .doesNotContain("TieredStopAtLevel")
        .containsPattern("-XX:AOTCache=\\S+/visco.aot")
        .endsWith("visco.jar --data /d daemon\n");
  }

  @Test
  void testInstallsItsPackagesAndThenRunsMaven() throws Exception {
    jdk("jdk", "25.0.3");
    CommandResult result = run("test", "-Dtest=One");
    assertThat(result.exitCode()).as(result.error()).isZero();
    assertThat(result.output()).contains("packages --for-tests");
    assertThat(builds()).hasSize(2).last().asString().endsWith("-ntp verify -Dtest=One");
  }

  /** What the JDK that pretends saw when it was last started. */
  private String environment() throws IOException {
    return Files.readString(folder.resolve("seen/environment"));
  }

  /** By a shell that does this first, with no more in its environment than that says. */
  private CommandResult runAfter(String first, String... before) {
    var words = new ArrayList<>(List.of(before));
    words.addAll(
        List.of(
            "/usr/bin/env",
            "-i",
            "/bin/bash",
            "-c",
            first + "; exec " + folder.resolve("visco") + " ps"));
    return host.run(Command.of(words).within(DEADLINE));
  }

  private String path() {
    return "export PATH=" + folder.resolve("bin") + ":/usr/bin:/bin";
  }

  @Test
  void sourcesWithATimeThatIsYetToComeAreBuiltOnce() throws Exception {
    jdk("jdk", "25.0.3");
    Path source = Files.writeString(folder.resolve("src/main/New.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plus(Duration.ofHours(5))));
    run("ps");
    run("ps");
    assertThat(builds()).hasSize(1);
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().minus(Duration.ofHours(5))));
    run("ps");
    assertThat(builds()).as("an older file than the one that was built").hasSize(2);
    Files.delete(source);
    run("ps");
    assertThat(builds()).as("one that is gone").hasSize(3);
    run("ps");
    assertThat(builds()).hasSize(3);
  }

  @Test
  void whereverItIsStartedProgramsAreFound() throws Exception {
    jdk("jdk", "25.0.3");
    assertThat(run("ps").exitCode()).isZero(); // Builds, by the Maven of its PATH.
    for (String first : List.of("export PATH=", "unset PATH", "PATH=/usr/bin:/bin")) {
      CommandResult result = runAfter(first);
      assertThat(result.exitCode()).as("%s: %s", first, result.error()).isZero();
      assertThat(environment()).as(first).contains(":/usr/sbin:").contains(":/sbin:");
    }
  }

  @Test
  void withoutALocaleOrWithOneThatIsNotThereItIsUtf8() throws Exception {
    jdk("jdk", "25.0.3");
    for (String first :
        List.of("true", "export LANG=C", "export LC_ALL=POSIX", "export LANG=xx_YY.UTF-8")) {
      assertThat(runAfter(path() + "; " + first).exitCode()).isZero();
      assertThat(environment()).as(first).contains("LC_ALL=C.UTF-8 ");
    }
    assertThat(runAfter(path() + "; export LANG=C.UTF-8").exitCode()).isZero();
    assertThat(environment()).as("one that is").contains("LC_ALL= ");
  }

  @Test
  void whatIsBuiltIsForAllToStartAndForNobodyElseToWrite() throws Exception {
    jdk("jdk", "25.0.3");
    for (String mask : List.of("000", "077")) {
      Files.writeString(folder.resolve("pom.xml"), mask);
      assertThat(runAfter(path() + "; umask " + mask).exitCode()).isZero();
      assertThat(environment()).as("the command's own").contains("umask=0" + mask);
      try (var files = Files.walk(folder.resolve(".visco"))) {
        for (Path file : files.filter(file -> !Files.isSymbolicLink(file)).toList()) {
          String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
          assertThat(mode).as(mask + " " + file).matches("rw.r-.r-.");
        }
      }
    }
    assertThat(builds()).hasSize(2);
  }

  @Test
  void fewOpenFilesAreRaisedWhereThatIsAllowedAndNamedWhereItIsNot() throws Exception {
    jdk("jdk", "25.0.3");
    // Root may raise the hard limit, but not in every container (CAP_SYS_RESOURCE).
    if (host.run(Command.of("bash", "-c", "ulimit -n 64; ulimit -n 65536")).succeeded()) {
      assertThat(runAfter(path() + "; ulimit -n 64").exitCode()).isZero();
      assertThat(environment()).contains("files=65536 ");
    }
    CommandResult result =
        runAfter(
            path() + "; ulimit -n 64",
            "setpriv",
            "--bounding-set=-sys_resource",
            "--inh-caps=-sys_resource",
            "--");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.error()).contains("only 64 files open").contains("LimitNOFILE");
    assertThat(
            runAfter(
                    path() + "; ulimit -Sn 64; ulimit -Hn 512",
                    "setpriv",
                    "--bounding-set=-sys_resource",
                    "--inh-caps=-sys_resource",
                    "--")
                .exitCode())
        .isZero();
    assertThat(environment()).contains("files=512 ");
  }

  @Test
  void mavenNeedsNeitherTmpNorAHomeThatCanBeWritten() throws Exception {
    jdk("jdk", "25.0.3");
    maven("echo \"MAVEN_OPTS=$MAVEN_OPTS\" >> " + folder + "/options");
    assertThat(run("ps").exitCode()).isZero();
    assertThat(builds()).last().asString().doesNotContain("maven.repo.local");
    assertThat(folder.resolve("options"))
        .content()
        .contains("-Djava.io.tmpdir=" + folder.resolve(".visco/tmp"));

    // nobody's home is not there.
    Files.writeString(folder.resolve("pom.xml"), "changed");
    host.check(Command.of("chown", "-R", "65534:65534", folder.toString()));
    CommandResult result =
        runAfter(path(), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");
    assertThat(result.exitCode()).as(result.error()).isZero();
    assertThat(builds())
        .last()
        .asString()
        .contains("-Dmaven.repo.local=" + folder.resolve(".visco/repository"));
  }

  @Test
  void whoeverMayNotKeepABuildIsTold() throws Exception {
    jdk("jdk", "25.0.3");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    CommandResult result =
        runAfter(path(), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.error())
        .contains("cannot keep its build in " + folder.resolve(".visco"))
        .contains("as the owner of");
  }
}
