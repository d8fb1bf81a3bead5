package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.cli.ApiAddress;
import dev.visco.cli.CommandEntry;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.Visco;
import dev.visco.host.LinuxHost;
import dev.visco.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the command is of use, and how the daemon of an installed package is started by it. */
class UpgradeCommandTest {
  @TempDir private Path folder;

  private Program program() {
    return new Program(
        Path.of("").toAbsolutePath(),
        Map.of("VISCO_CONFIG", folder.resolve("etc").toString(), "VISCO_TOKEN", "secret"));
  }

  private Settings settings() {
    return program()
        .settings(Map.of("data", folder.resolve("data").toString(), "listen", "127.0.0.1:1"));
  }

  /** An installed program that does this. */
  private PackagedDaemon daemon(String script) throws IOException {
    Path command = Files.writeString(folder.resolve("visco"), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    return new PackagedDaemon(
        program(),
        settings(),
        Map.of("listen", "127.0.0.1:1"),
        new LinuxHost(),
        (what, fraction) -> {},
        folder,
        command.toString());
  }

  @Test
  void fromSourceItSaysWhatToDoInstead() {
    var said = new ByteArrayOutputStream();
    var err = new PrintStream(said, true, StandardCharsets.UTF_8);
    int code =
        Visco.commandLine(
                _ -> new ApiAddress("127.0.0.1", 1, ""),
                err,
                err,
                List.of(
                    new CommandEntry(context -> new UpgradeCommand(context, program()), "upgrade")))
            .execute("upgrade", "visco.deb", "--data", folder.resolve("data").toString());
    assertThat(code).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("was not installed from a package", "git pull && ./visco up --no-vm");
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void aDaemonThatDoesNotStartIsToldInItsOwnWords() throws IOException {
    try (var daemon =
        daemon(
            "echo \"$*\" >$(dirname $0)/asked; env >$(dirname $0)/has; echo visco: out of order >&2; exit 1\n")) {
      assertThat(daemon.start(Duration.ofSeconds(30)))
          .contains("its daemon did not start: out of order");
    }
    assertThat(folder.resolve("asked"))
        .content()
        .isEqualTo("daemon restart --set listen=127.0.0.1:1\n");
    assertThat(folder.resolve("has")).content().contains("VISCO_CONFIG=").doesNotContain("secret");
  }

  @Test
  void oneThatStartsAndIsNotThereAfterwardsIsNotWell() throws IOException {
    try (var daemon = daemon("exit 0\n")) {
      assertThat(daemon.start(Duration.ofMillis(500)).orElseThrow())
          .contains("not well within 500ms: no daemon uses " + folder.resolve("data"));
    }
  }

  @Test
  void oneWhoseStartNeverReturnsIsGivenUpAtTheDeadline() throws IOException {
    try (var daemon = daemon("exec sleep 1000\n")) {
      assertThat(daemon.start(Duration.ofMillis(500)).orElseThrow()).contains("did not end within");
    }
    assertThat(new LinuxHost().processes())
        .noneMatch(one -> one.arguments().equals(List.of("sleep", "1000")));
  }

  /** Between stop and start nobody else's {@code visco up} may start it: files are replaced. */
  @Test
  void fromTheStopToTheStartUpWaits() throws IOException {
    Path data = folder.resolve("data");
    try (var daemon = daemon("exit 1\n")) {
      daemon.stop();
      assertThatThrownBy(() -> UpLock.take(data, (what, fraction) -> {}))
          .isInstanceOf(OverlappingFileLockException.class);
      daemon.stop();
      assertThat(daemon.start(Duration.ofSeconds(30))).isPresent();
      UpLock.take(data, (what, fraction) -> {}).close();
    }
  }

  /** The way back needs every configuration file as the package brought it. */
  @Test
  void thePackageKeepsItsConfigurationFilesAsItBringsThem() throws IOException {
    String build = Files.readString(Path.of("dist/build-deb"));
    assertThat(build)
        .contains("echo /etc/visco/visco.toml >\"$root/DEBIAN/conffiles\"")
        .contains("dist/debian/visco.toml \"$lib/conffiles/etc/visco/visco.toml\"");
  }
}
