package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite and zstd where the folder for temporary files is of no use. */
class NativeLibrariesTest {
  @TempDir private Path folder;

  /** Loads the libraries from folders and uses both. */
  static final class Uses {
    private Uses() {}

    public static void main(String[] folders) throws Exception {
      NativeLibraries.load(List.of(folders).stream().map(Path::of).toList());
      byte[] text = "text".getBytes(StandardCharsets.UTF_8);
      String unpacked =
          new String(Zstd.decompress(Zstd.compress(text), text.length), StandardCharsets.UTF_8);
      try (var connection = DriverManager.getConnection("jdbc:sqlite::memory:");
          var statement = connection.createStatement();
          var row = statement.executeQuery("SELECT 6 * 7")) {
        System.out.println(unpacked + row.getInt(1));
      }
    }
  }

  /** In a mount namespace in which this was done, and with a /tmp of no use for Java. */
  private CommandResult use(String setup, Path... folders) {
    var words =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "--",
                "bash",
                "-ec",
                setup + "\nexec \"$0\" \"$@\"",
                ProcessHandle.current().info().command().orElseThrow(),
                "-Djava.io.tmpdir=/nonexistent",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Uses.class.getName()));
    for (Path each : folders) {
      words.add(each.toString());
    }
    return new LinuxHost().run(Command.of(words).within(Duration.ofMinutes(1)));
  }

  @Test
  void withoutAnyTmpBothWorkAndAreUnpackedOnce() throws Exception {
    CommandResult result = use("", folder);
    assertThat(result.output()).as(result.error()).isEqualTo("text42\n");
    List<Path> files;
    try (var found = Files.list(folder.resolve("native"))) {
      files = found.toList();
    }
    assertThat(files).hasSize(2);
    var before = new ArrayList<Object>();
    for (Path file : files) {
      before.add(Files.getAttribute(file, "unix:ino"));
    }
    assertThat(use("", folder).output()).isEqualTo("text42\n");
    for (int at = 0; at < before.size(); at++) {
      assertThat(Files.getAttribute(files.get(at), "unix:ino")).isEqualTo(before.get(at));
    }
  }

  @Test
  void aFolderThatIsNoexecOrReadOnlyIsPassedOver() throws Exception {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    Path third = Files.createDirectory(folder.resolve("third"));
    CommandResult result =
        use(
            "mount -t tmpfs -o noexec tmpfs %s; mount -t tmpfs -o ro tmpfs %s"
                .formatted(first, second),
            first,
            second,
            third);
    assertThat(result.output()).as(result.error()).isEqualTo("text42\n");
    assertThat(third.resolve("native")).isNotEmptyDirectory();
  }

  @Test
  void whereNoFolderWillDoEachIsNamedWithItsReason() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    Path other = Files.writeString(folder.resolve("other"), "");
    assertThatThrownBy(() -> NativeLibraries.load(List.of(file, other)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(file + "/native: ")
        .hasMessageContaining(other + "/native: ")
        .hasMessageContaining("noexec")
        .hasMessageContaining("VISCO_DATA");
  }

  @Test
  void aHalfWrittenOneIsMadeAnew() throws Exception {
    use("", folder);
    try (var found = Files.list(folder.resolve("native"))) {
      for (Path file : found.toList()) {
        Files.writeString(file, "torn");
      }
    }
    CommandResult result = use("", folder);
    assertThat(result.output()).as(result.error()).isEqualTo("text42\n");
  }
}
