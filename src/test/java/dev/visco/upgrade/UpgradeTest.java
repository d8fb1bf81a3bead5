package dev.visco.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.commands.RemedyCommands;
import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import dev.visco.store.Store;
import dev.visco.upgrade.UpgradeRecord.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two ends, and no third: the new program serves, or the old one does with the store of before. */
class UpgradeTest {
  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final String OLD = "1.0";
  private static final String NEW = "1.1";

  @TempDir private Path folder;
  private PlayedPackages packages = new PlayedPackages(Path.of("none"));
  private Path data = Path.of("");
  private Path configuration = Path.of("");
  private PlayedDaemon daemon = new PlayedDaemon();
  private final List<String> dependencies = new ArrayList<>();
  private Consumer<String> progress = _ -> {};
  private int world;

  /** The process was killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** The daemon of the program that is installed, over a real store. */
  private final class PlayedDaemon implements InstalledDaemon {
    /** Versions whose daemon never serves, and those that bring the store to a newer schema. */
    final List<String> sick = new ArrayList<>();

    final List<String> migrating = new ArrayList<>();
    String serves = "";

    @Override
    public void stop() {
      packages.before.accept("stop");
      serves = "";
      packages.effects.add("stop");
      packages.after.accept("stop");
    }

    @Override
    public Optional<String> start(Duration deadline) {
      packages.before.accept("start");
      String version = packages.program();
      packages.effects.add("start " + version);
      Optional<String> refused = open(version);
      if (refused.isEmpty() && !sick.contains(version)) {
        serves = version;
      }
      packages.after.accept("start");
      return serves.isEmpty()
          ? refused.or(() -> Optional.of("its daemon did not start: no such class"))
          : Optional.empty();
    }

    private Optional<String> open(String version) {
      if (migrating.contains(version)) {
        sql("PRAGMA user_version=99");
        sql("UPDATE facts SET value = 'the new one'");
        return Optional.empty();
      }
      try (var store = Store.open(data)) {
        store.facts().set("served by", version);
        return Optional.empty();
      } catch (Refused e) {
        return Optional.of(e.getMessage() + "");
      }
    }
  }

  private void sql(String text) {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("visco.db"));
        var statement = connection.createStatement()) {
      statement.execute(text);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void anInstalledPackageWithItsDaemon() throws IOException {
    Path one = Files.createDirectory(folder.resolve("world" + world++));
    packages = new PlayedPackages(one);
    configuration = Objects.requireNonNull(packages.settings().getParent());
    data = one.resolve("data");
    daemon = new PlayedDaemon();
    packages.install(packages.build(OLD));
    Files.writeString(packages.settings(), "listen = \"mine\"\n");
    Files.createDirectory(data);
    daemon.start(DEADLINE);
    packages.effects.clear();
  }

  private Upgrade upgrade() {
    return new Upgrade(
        new DebianPackages(packages, folder, dependencies::addAll),
        PlayedPackages.NAME,
        packages.home,
        data,
        configuration,
        (text, _) -> progress.accept(text),
        () -> Instant.ofEpochSecond(1_700_000_000));
  }

  private UpgradeFolder prepare(Path file) {
    return upgrade().prepare(file, false, DEADLINE, Map.of("listen", "127.0.0.1:0"));
  }

  private UpgradeRecord finish(UpgradeFolder one) {
    return upgrade().finish(one, daemon);
  }

  private Optional<String> fact(String name) {
    try (var store = Store.open(data)) {
      return store.facts().find(name);
    }
  }

  private void assertOld() {
    assertThat(daemon.serves).isEqualTo(OLD);
    assertThat(packages.installed).isEqualTo(OLD);
    assertThat(packages.program()).isEqualTo(OLD);
    assertThat(fact("served by")).contains(OLD);
    assertThat(packages.settings()).content().isEqualTo("listen = \"mine\"\n");
  }

  private void assertNew() {
    assertThat(daemon.serves).isEqualTo(NEW);
    assertThat(packages.installed).isEqualTo(NEW);
    assertThat(packages.program()).isEqualTo(NEW);
    assertThat(packages.settings()).content().isEqualTo("listen = \"mine\"\n");
  }

  @Test
  void theNewProgramServesAndWhatWasBeforeIsKept() {
    UpgradeFolder one = prepare(packages.build(NEW));
    assertThat(packages.effects).as("while the daemon serves").isEmpty();
    assertThat(one.read().flags()).containsEntry("listen", "127.0.0.1:0");
    assertThat(finish(one).stage()).isEqualTo(Stage.DONE);
    assertNew();
    assertThat(packages.effects).containsExactly("stop", "stop", "install " + NEW, "start " + NEW);
    assertThat(UpgradeFolder.unfinished(data)).isEmpty();
    assertThat(one.store()).isRegularFile();
    assertThat(one.settings().resolve("visco.toml")).content().contains("mine");
    assertThat(finish(one).stage()).as("once more").isEqualTo(Stage.DONE);
    assertThat(packages.effects).hasSize(4);
  }

  @Test
  void aDaemonThatDoesNotServeIsRolledBackWithItsStore() {
    daemon.sick.add(NEW);
    daemon.migrating.add(NEW);
    UpgradeRecord end = finish(prepare(packages.build(NEW)));
    assertThat(end.stage()).isEqualTo(Stage.WENT_BACK);
    assertThat(end.failure()).contains("no such class");
    assertOld();
    assertThat(packages.effects).endsWith("start " + NEW, "stop", "install " + OLD, "start " + OLD);
  }

  @Test
  void aPackageThatDpkgCannotInstallIsRolledBack() {
    packages.unconfigurable.add(NEW);
    UpgradeRecord end = finish(prepare(packages.build(NEW)));
    assertThat(end.stage()).isEqualTo(Stage.WENT_BACK);
    assertThat(end.failure()).contains("dpkg could not install it").contains("postinst");
    assertOld();
    assertThat(packages.effects).doesNotContain("start " + NEW);
  }

  @Test
  void aFileThatCameOutOtherThanThePackageHasItIsRolledBack() {
    packages.verified = "??5??????   " + packages.home.resolve("app/visco.jar") + "\n";
    packages.after =
        effect -> {
          if (effect.equals("stop") && packages.effects.contains("install " + NEW)) {
            packages.verified = "missing     /usr/share/doc/visco/README.md\n";
          }
        };
    UpgradeRecord end = finish(prepare(packages.build(NEW)));
    assertThat(end.failure()).contains("app/visco.jar is not as the package was made");
    assertOld();
  }

  /** Killed before or after each effect and between all steps, it ends well when it is repeated. */
  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "true, true", "false, true"})
  void whereverItIsKilledItEndsInOneOfTheTwo(boolean isSick, boolean migrates) throws Exception {
    int points = 0;
    for (boolean killed = true; killed; points++) {
      anInstalledPackageWithItsDaemon();
      if (isSick) {
        daemon.sick.add(NEW);
      }
      if (migrates) {
        daemon.migrating.add(NEW);
      }
      UpgradeFolder one = prepare(packages.build(NEW));
      killed = isKilledAt(points, one);
      packages.before = _ -> {};
      packages.after = _ -> {};
      progress = _ -> {};
      UpgradeRecord end = finish(one);
      if (isSick) {
        assertThat(end.stage()).as("killed at " + points).isEqualTo(Stage.WENT_BACK);
        assertOld();
      } else {
        assertThat(end.stage()).as("killed at " + points).isEqualTo(Stage.DONE);
        assertNew();
      }
      DurableFiles.deleteTree(folder.resolve("world" + (world - 1)));
    }
    assertThat(points).as("points at which it was killed").isGreaterThan(isSick ? 16 : 8);
  }

  private boolean isKilledAt(int point, UpgradeFolder one) {
    var seen = new int[1];
    Consumer<String> dies =
        _ -> {
          if (seen[0]++ == point) {
            throw new Killed();
          }
        };
    packages.before = dies;
    packages.after = dies;
    progress = dies;
    try {
      finish(one);
      return false;
    } catch (Killed e) {
      return true;
    }
  }

  @Test
  void anotherOneWaitsUntilTheOneThatWasCutOffHasEnded() {
    UpgradeFolder one = prepare(packages.build(NEW));
    assertThatThrownBy(() -> prepare(packages.build("1.2")))
        .isInstanceOfSatisfying(
            Refused.class,
            refused ->
                assertThat(RemedyCommands.message(refused))
                    .contains("An upgrade to 1.1 was cut off.", "visco upgrade --resume"));
    finish(UpgradeFolder.unfinished(data).orElseThrow());
    assertNew();
    assertThat(one.read().stage()).isEqualTo(Stage.DONE);
  }

  @Test
  void whatIsNoPackageForThisHostIsRefusedWithNothingChanged() throws IOException {
    Path text = Files.writeString(folder.resolve("text.deb"), "no package");
    Path cut = folder.resolve("cut.deb");
    byte[] whole = Files.readAllBytes(packages.build(NEW));
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length - 2000));
    Map<Path, String> reasons =
        Map.of(
            folder.resolve("none.deb"),
            "is no file",
            text,
            "is no Debian package",
            cut,
            "cut.deb",
            packages.build("hello", NEW, "amd64"),
            "is a package hello, and not visco",
            packages.build("visco", NEW, "arm64"),
            "is for arm64, and this host is amd64",
            packages.build("0.9"),
            "older than the installed 1.0");
    reasons.forEach((file, reason) -> {
      assertThatThrownBy(() -> prepare(file))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(reason);
      assertThat(UpgradeFolder.all(data)).isEmpty();
    });
    assertThat(packages.effects).isEmpty();
    assertThat(daemon.serves).isEqualTo(OLD);
    assertThat(upgrade().prepare(packages.build("0.9"), true, DEADLINE, Map.of()).read().to())
        .isEqualTo("0.9");
  }

  @Test
  void whatItDependsOnIsInstalledWhileTheDaemonServes() {
    packages.missing.addAll(List.of("libone", "two"));
    finish(prepare(packages.build(NEW)));
    assertThat(dependencies).containsExactly("libone", "two");
    assertNew();
  }

  @Test
  void whatAptCannotInstallIsRefusedAfterALookAtNewerLists() {
    packages.aptFails = "E: Unable to correct problems, you have held broken packages.";
    assertThatThrownBy(() -> prepare(packages.build(NEW)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("held broken packages");
    assertThat(packages.effects).containsExactly("apt-get update");
    assertThat(UpgradeFolder.all(data)).isEmpty();
  }

  /** A daemon that somebody else starts: the store must not be copied under it. */
  @Test
  void aStoreThatCannotBeCopiedEndsItBeforeAnythingIsReplaced() {
    UpgradeFolder one = prepare(packages.build(NEW));
    try (var other = Store.open(data)) {
      packages.before =
          effect -> {
            if (effect.equals("start")) {
              other.close();
            }
          };
      UpgradeRecord end = finish(one);
      assertThat(end.stage()).isEqualTo(Stage.WENT_BACK);
      assertThat(end.failure()).contains("uses the data folder");
    }
    assertThat(packages.effects).containsExactly("stop", "start " + OLD);
    assertOld();
  }

  /** A folder whose path is too long for the kernel, which nobody can list, root neither. */
  @Test
  void settingsThatCannotBeReadEndItBeforeAnythingIsReplaced() {
    UpgradeFolder one = prepare(packages.build(NEW));
    Path deep = configuration.resolve("deep");
    new LinuxHost()
        .check(
            Command.of(
                    "sh",
                    "-c",
                    "mkdir deep && cd deep && for i in $(seq 25); do mkdir \"$1\" && cd -P \"$1\" || exit 1; done",
                    "sh",
                    "d".repeat(200))
                .in(configuration));
    try {
      UpgradeRecord end = finish(one);
      assertThat(end.stage()).isEqualTo(Stage.WENT_BACK);
      assertThat(end.failure()).contains("could not be copied", "File name too long");
    } finally {
      DurableFiles.deleteTree(deep);
    }
    assertThat(packages.effects).containsExactly("stop", "start " + OLD);
    assertOld();
  }

  @Test
  void aFaultOfTheProgramWhileTheStoreIsCopiedLeavesNoDaemonStopped() {
    UpgradeFolder one = prepare(packages.build(NEW));
    packages.after =
        effect -> {
          if (effect.equals("stop")) {
            throw new IllegalStateException("unforeseen");
          }
        };
    UpgradeRecord end = finish(one);
    assertThat(end.stage()).isEqualTo(Stage.WENT_BACK);
    assertThat(end.failure()).contains("unforeseen");
    assertOld();
  }

  @Test
  void aWayBackThatIsNotWholeIsSaidAndGoesOnLater() {
    daemon.sick.addAll(List.of(NEW, OLD));
    UpgradeFolder one = prepare(packages.build(NEW));
    assertThatThrownBy(() -> finish(one))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("the way back to 1.0 is not whole yet");
    assertThat(one.read().stage()).isEqualTo(Stage.GOING_BACK);
    daemon.sick.remove(OLD);
    assertThat(finish(one).stage()).isEqualTo(Stage.WENT_BACK);
    assertOld();
  }

  @Test
  void itWaitsForAnotherProgramThatInstallsPackages() throws Exception {
    UpgradeFolder one = prepare(packages.build(NEW));
    Path lock = Files.createFile(folder.resolve("lock"));
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                "import fcntl,sys\nf=open(sys.argv[1],'w')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint(flush=True)\nsys.stdin.read()",
                lock.toString())
            .start();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('\n');
      Thread worker = Thread.ofVirtual().start(() -> finish(one));
      org.awaitility.Awaitility.await()
          .during(Duration.ofMillis(200))
          .atMost(Duration.ofSeconds(10))
          .until(() -> packages.effects.equals(List.of("stop", "stop")));
      other.getOutputStream().close();
      worker.join();
    } finally {
      other.destroy();
    }
    assertNew();
  }

  @Test
  void twoThatHaveEndedAreKeptWithoutTheirPrograms() throws IOException {
    for (int second = 1; second <= 4; second++) {
      UpgradeFolder one = UpgradeFolder.make(data, Instant.ofEpochSecond(second));
      Files.createDirectories(one.program().resolve("usr"));
      one.write(
          new UpgradeRecord(Stage.DONE, OLD, NEW, Instant.EPOCH, DEADLINE, Map.of("a", "b"), null));
    }
    UpgradeFolder.make(data, Instant.ofEpochSecond(9));
    UpgradeFolder.clean(data);
    assertThat(UpgradeFolder.all(data))
        .extracting(one -> one.path().getFileName().toString())
        .containsExactly("19700101T000004000Z", "19700101T000003000Z");
    assertThat(UpgradeFolder.all(data))
        .allSatisfy(one -> {
          assertThat(one.program()).doesNotExist();
          assertThat(one.read().deadline()).isEqualTo(DEADLINE);
        });
  }

  /** What is put together again is the package, and not what became of its files. */
  @Test
  void theOldPackageIsAsItWasMade() throws IOException {
    UpgradeFolder one = prepare(packages.build(NEW));
    Path before = Files.createDirectory(folder.resolve("before"));
    Path again = Files.createDirectory(folder.resolve("again"));
    var tools = new DebianPackages(packages, folder, _ -> {});
    tools.unpack(packages.build(OLD), before);
    tools.unpack(one.oldPackage(), again);
    try (var files = Files.walk(before)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(again.resolve(before.relativize(file))).hasSameBinaryContentAs(file);
      }
    }
    PackageFile read = tools.read(one.oldPackage(), one.oldPackage());
    assertThat(read.version()).isEqualTo(OLD);
    DurableFiles.deleteTree(one.program());
    upgrade().ensureProgram(one);
    assertThat(one.program().resolve(Path.of("/").relativize(packages.home.resolve("version"))))
        .content()
        .isEqualTo(OLD);
  }

  /** The host's root folder gets the mode of the folder that a package was built from. */
  @Test
  void aPackageThatWasBuiltFromAClosedFolderOpensTheRootFolderToAll() throws IOException {
    var closed = PosixFilePermissions.fromString("rwx------");
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path root = Files.createDirectory(folder.resolve("extracted"));
    Files.writeString(
        Files.createDirectory(tree.resolve("DEBIAN")).resolve("control"),
        """
        Package: visco
        Version: 1.0
        Architecture: all
        Maintainer: Nobody <nobody@example.com>
        Description: a program
        """);
    Files.setPosixFilePermissions(tree, closed);
    Files.setPosixFilePermissions(root, closed);
    var tools = new DebianPackages(packages, folder, _ -> {});
    Path file = folder.resolve("closed.deb");
    tools.build(tree, file);
    tools.unpack(file, root);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void dpkgsOwnWordsAreNotInTheControlFile() {
    assertThat(
            OldPackage.control(
                """
                Package: visco
                Status: install ok installed
                Version: 1.0
                Conffiles:
                 /etc/visco/visco.toml 0123
                 /etc/visco/more 4567
                Description: one
                 and more
                """))
        .isEqualTo("Package: visco\nVersion: 1.0\nDescription: one\n and more\n");
  }
}
