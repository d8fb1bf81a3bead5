package dev.visco.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyTest {
  @ParameterizedTest
  @EnumSource
  void hasNamesThatAPersonCanType(Key key) {
    assertThat(key.path()).matches("[a-z-]+(\\.[a-z-]+)?");
    assertThat(key.variable()).matches("VISCO_[A-Z_]+");
    assertThat(Key.ofPath(key.path())).contains(key);
  }

  @Test
  void noTwoShareAName() {
    assertThat(Key.values()).extracting(Key::path).doesNotHaveDuplicates();
    assertThat(Key.values()).extracting(Key::variable).doesNotHaveDuplicates();
  }

  @Test
  void eachHasItsLineInTheDocumentAndTheDocumentNoOther() throws IOException {
    assertThat(Files.readAllLines(Path.of("docs/settings.md")))
        .filteredOn(line -> line.startsWith("| `"))
        .containsExactlyElementsOf(Arrays.stream(Key.values()).map(KeyTest::line).toList());
  }

  private static String line(Key key) {
    assertThat(key.meaning()).isNotBlank();
    assertThat(key.standard()).isNotBlank();
    return "| `%s` | `%s` | %s | %s |"
        .formatted(key.path(), key.variable(), key.standard(), key.meaning());
  }
}
