package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.store.EventKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** {@code docs/events.md} lists the kinds of events that there are. */
class DocumentedEventsTest {
  @Test
  void everyKindStandsThereWithItsMeaning() throws Exception {
    assertThat(
            Files.readAllLines(Path.of("docs/events.md")).stream()
                .filter(line -> line.matches("\\| `[a-z]+(-[a-z]+)*` \\| .* \\|"))
                .filter(line -> EventKind.of(line.split("`", -1)[1]).isPresent()))
        .containsExactlyElementsOf(
            Arrays.stream(EventKind.values())
                .map(kind -> "| `%s` | %s |".formatted(kind.word(), kind.meaning()))
                .toList());
  }
}
