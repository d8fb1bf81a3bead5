package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.session.FileChanges.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest may tell of its files. */
class FileLooksTest {
  private static final String FILE = "5 1.5 1.5 1:7 644 0 0 f\n/a\0";
  private final List<String> told = new ArrayList<>();
  private final FileLooks looks =
      new FileLooks((by, entries, changes) -> {
        told.add(by + " " + entries);
        for (Change change : changes) {
          told.add(change.kind() + " " + change.path());
        }
      });

  private void write(String text) throws IOException {
    looks.write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void looksComeInAnyPieces() throws Exception {
    for (char one :
        (FILE + ". poll\0" + FILE.replace("/a", "/b\n\u00ff") + ". poll\0").toCharArray()) {
      write(String.valueOf(one));
    }
    assertThat(told).containsExactly("poll 1", "poll 1", "RENAMED /b\n\u00ff");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "nonsense\0", "5 x\n/a\0", "LONG"})
  void whatIsNoLookIsTheEnd(String text) {
    assertThatThrownBy(() -> write(text.equals("LONG") ? "a".repeat(5000) : text))
        .isInstanceOf(FileLooks.NoLook.class);
    assertThat(told).isEmpty();
  }

  @Test
  void thereAreOnlySoManyEntries() throws Exception {
    for (int at = 0; at < FileLooks.MAX_ENTRIES; at++) {
      write(FILE.replace("/a", "/" + at));
    }
    assertThatThrownBy(() -> write(FILE.replace("/a", "/more")))
        .isInstanceOf(FileLooks.NoLook.class)
        .hasMessageContaining("more than 10000");
  }
}
