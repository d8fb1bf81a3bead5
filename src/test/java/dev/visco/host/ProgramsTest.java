package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {
  @TempDir private Path folder;

  /** Starts what {@code main} starts in a JVM with this PATH; what that said. */
  private CommandResult withPath(String path, String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                "/usr/bin/env",
                "-i",
                path,
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path").replace(File.pathSeparator, ":"),
                Runs.class.getName()));
    command.addAll(List.of(arguments));
    return new LinuxHost().run(Command.of(command).within(Duration.ofMinutes(1)));
  }

  /** Runs its arguments as a command of the host. */
  static final class Runs {
    private Runs() {}

    public static void main(String[] arguments) {
      System.out.print(new LinuxHost().check(Command.of(List.of(arguments))).output());
    }
  }

  @Test
  void programsOfSbinAreFoundWithCronsPathAndWithoutAny() {
    // ip is in /sbin alone, where cron does not look; nsenter looks for ip by PATH in its turn.
    for (String path : List.of("PATH=/usr/bin:/bin", "PATH=", "NO_PATH=1")) {
      assertThat(withPath(path, "mke2fs", "-V").error()).as(path).isEmpty();
      assertThat(withPath(path, "setpriv", "--", "ip", "-V").output())
          .as(path)
          .contains("iproute2");
    }
  }

  @Test
  void theUsualFoldersComeFirstAndThenThoseOfPath() {
    assertThat(Programs.folders("/opt/tools/bin:/usr/bin::bin:/opt/tools/bin"))
        .startsWith(Programs.FOLDERS.getFirst())
        .containsAll(Programs.FOLDERS)
        .endsWith(Path.of("/opt/tools/bin"))
        .hasSize(Programs.FOLDERS.size() + 1);
    assertThat(Programs.folders(null)).isEqualTo(Programs.FOLDERS);
  }

  @Test
  void aFolderOfThatNameOrAFileThatCannotBeRunIsNoProgram() throws Exception {
    Path first = Files.createDirectories(folder.resolve("first/tool"));
    Path second = Files.createDirectories(folder.resolve("second"));
    Files.writeString(second.resolve("tool"), "");
    Path third = Files.createDirectories(folder.resolve("third"));
    Path tool = Files.writeString(third.resolve("tool"), "");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(Programs.find("tool", List.of(first.getParent(), second, third))).hasValue(tool);
  }
}
