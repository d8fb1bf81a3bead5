package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.app.WholeCommandLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code docs/commands.md} is what the program's own help says. */
class CommandReferenceTest {
  private static final Path DOCUMENT = Path.of("docs/commands.md");
  private static final Path MADE = Path.of("target/commands.md");

  @Test
  void theReferenceIsThatOfTheseCommands() throws IOException {
    String made = WholeCommandLine.reference();
    Files.createDirectories(MADE.toAbsolutePath().getParent());
    Files.writeString(MADE, made);
    assertThat(Files.readString(DOCUMENT)).as("cp %s %s", MADE, DOCUMENT).isEqualTo(made);
  }

  @Test
  void everyCommandAndOptionIsInIt() throws IOException {
    String text = Files.readString(DOCUMENT);
    assertThat(text)
        .contains("### visco ps\n", "Also `visco ls`.", "- `-q`, `--quiet`: ")
        .contains("### visco image build\n", "### visco completion\n", "--listen=HOST:PORT")
        .doesNotContain("### visco train", "## Others");
    assertThat(text.lines().filter(line -> !line.startsWith("visco ")))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(121));
  }
}
