package dev.visco.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VmTypesTest {
  private static final String CLI =
      "image = \"cli\"\nvcpus = 1\nmemory-mib = 256\ntransport = \"mmio\"\ndeadline = \"60s\"\n";
  @TempDir Path folder;

  @Test
  void readsTheTypesThatComeWithTheProgram() {
    assertThat(VmTypes.read(List.of(Path.of("types")))).containsKey("cli");
  }

  @Test
  void laterFoldersWin() throws IOException {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.writeString(folder.resolve("cli.toml"), CLI);
    Files.writeString(own.resolve("cli.toml"), CLI.replace("256", "512"));
    assertThat(VmTypes.read(List.of(folder, own)).values())
        .extracting(dev.visco.model.VmType::memoryMib)
        .containsExactly(512);
  }

  @ParameterizedTest
  @CsvSource({
    "vcpus = 1, vcpus = 0.5, vcpus",
    "vcpus = 1, vcpus = 64, vcpus",
    "memory-mib = 256, memory-mib = 8, memoryMib",
    "mmio, scsi, transport",
    "60s, soon, deadline",
    "image = \"cli\", colour = \"red\", colour",
    "image = \"cli\", , image"
  })
  void refusesWhatCannotBeByName(String right, String wrong, String named) throws IOException {
    Files.writeString(folder.resolve("cli.toml"), CLI.replace(right, wrong == null ? "" : wrong));
    assertThatThrownBy(() -> VmTypes.read(List.of(folder)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(named);
  }
}
