package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host lacks is named before anything is done. */
class HostChecksTest {
  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;

  @BeforeEach
  void open() throws Exception {
    mode(folder, "rwxr-xr-x");
  }

  private static void mode(Path file, String mode) throws Exception {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  @Test
  void aDataFolderBelowAClosedOneIsRefusedWithTheFolderThatIsClosed() throws Exception {
    Path closed = Files.createDirectories(folder.resolve("closed"));
    Path open = Files.createDirectories(closed.resolve("open"));
    Path data = Files.createDirectories(open.resolve("data"));
    mode(open, "rwxr-xr-x");
    mode(closed, "rwx------");
    assertThatThrownBy(() -> HostChecks.requireReachable(data, host))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(data + " lies below " + closed + ",")
        .hasMessageContaining("mode 700")
        .hasMessageContaining("VISCO_DATA")
        .hasMessageContaining("chmod o+x " + closed);
    mode(closed, "rwx--x--x");
    assertThatCode(() -> HostChecks.requireReachable(data, host)).doesNotThrowAnyException();
  }

  @Test
  void theModeOfTheDataFolderItselfIsOursToSet() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    mode(data, "rwx------");
    assertThatCode(() -> HostChecks.requireReachable(data, host)).doesNotThrowAnyException();
  }

  @Test
  void fewOpenFilesAreRefusedByTheirNumber() {
    assertThatThrownBy(() -> HostChecks.requireOpenFiles("256"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("only 256 files open")
        .hasMessageContaining("LimitNOFILE");
    assertThatCode(() -> HostChecks.requireOpenFiles("1024")).doesNotThrowAnyException();
    assertThatCode(() -> HostChecks.requireOpenFiles("unlimited")).doesNotThrowAnyException();
  }
}
