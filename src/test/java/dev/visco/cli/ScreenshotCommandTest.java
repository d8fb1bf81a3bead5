package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScreenshotCommandTest {
  private static final String VM = "vm-0000000a";
  private static final String PNG = "\u0001PNG\r\n\u0000 picture";

  @TempDir Path folder;
  private final FakeDaemon daemon = new FakeDaemon();
  private Path file;

  @BeforeEach
  void start() {
    file = folder.resolve("desktop.png");
    daemon.answering("GET /api/vms/" + VM + "/desktop.png", PNG);
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void writesTheFileAndNothingBesideIt() throws IOException {
    Said said = daemon.run("screenshot", VM, file.toString());
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out()).isEqualTo(file + "\n");
    assertThat(file).hasContent(PNG);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aFileThatIsThereStaysUnlessForced() throws IOException {
    Files.writeString(file, "mine");
    Said said = daemon.run("screenshot", VM, file.toString());
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains("FILE \"" + file, "is there already", "--force");
    assertThat(file).hasContent("mine");
    assertThat(daemon.run("screenshot", VM, file.toString(), "--force").code()).isZero();
    assertThat(file).hasContent(PNG);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aHyphenIsStandardOutput() {
    Said said = daemon.run("screenshot", VM, "-");
    assertThat(said.code()).isZero();
    assertThat(said.out()).isEqualTo(PNG);
  }

  @Test
  void forProgramsItsSizeIsOneLineOfJson() {
    String png = "PNGPNGPN\0\0\0\rIHDR\0\0\3\0\0\0\2\1rest";
    daemon.answering("GET /api/vms/" + VM + "/desktop.png", png);
    assertThat(daemon.run("screenshot", "--json", VM, file.toString()).out())
        .isEqualTo(
            "{\"vmId\":\"%s\",\"file\":\"%s\",\"bytes\":28,\"width\":768,\"height\":513}\n"
                .formatted(VM, file));
    Said both = daemon.run("screenshot", "--json", VM, "-");
    assertThat(both.out()).isEmpty();
    assertThat(both.err()).contains("cannot share standard output", "Name a file.");
  }

  @Test
  void aVmThatIsNotThereLeavesNoFile() {
    Said said = daemon.run("screenshot", "vm-0000000b", file.toString());
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(file).doesNotExist();
  }

  @Test
  void aFolderThatIsMissingIsTold() {
    Said said = daemon.run("screenshot", VM, folder.resolve("none/desktop.png").toString());
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.err()).contains("none/desktop.png");
  }
}
