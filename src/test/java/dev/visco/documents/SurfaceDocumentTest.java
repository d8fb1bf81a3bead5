package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code docs/surface.md} says of the commands, habits and routes that users expect. */
class SurfaceDocumentTest {
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  /** A section's table; each row has the thing, how it is done, whether it is there, and tests. */
  private record Table(String title, String counts, List<List<String>> rows) {
    long rowsThat(String there) {
      return rows.stream().filter(row -> row.get(2).equals(there)).count();
    }

    @Override
    public String toString() {
      return title;
    }
  }

  static Stream<Table> tables() throws IOException {
    Map<String, List<String>> sections = new TreeMap<>();
    String title = "";
    for (String line : Files.readAllLines(Path.of("docs/surface.md"))) {
      if (line.startsWith("## ")) {
        title = line.substring(3);
      } else if (!title.isEmpty()) {
        sections.computeIfAbsent(title, one -> new ArrayList<>()).add(line);
      }
    }
    return sections.entrySet().stream()
        .map(section ->
            new Table(
                section.getKey(),
                section.getValue().stream()
                    .filter(line -> line.startsWith("Of "))
                    .findFirst()
                    .orElseThrow(),
                section.getValue().stream()
                    .filter(line -> line.startsWith("| "))
                    .skip(1) // The heading.
                    .map(line ->
                        Stream.of(line.substring(1).split("\\|", -1)).map(String::strip).toList())
                    .toList()));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void theRowsAreAsManyAsItSays(Table table) {
    assertThat(table.rows()).allSatisfy(row -> assertThat(row.get(2)).isIn("yes", "partly", "no"));
    assertThat(table.counts())
        .isEqualTo(
            "Of %d rows: %d yes, %d partly, %d no."
                .formatted(
                    table.rows().size(),
                    table.rowsThat("yes"),
                    table.rowsThat("partly"),
                    table.rowsThat("no")));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void whatIsThereIsHeldByTestsThatAreThere(Table table) {
    var tests = new NamedTests();
    for (List<String> row : table.rows()) {
      String place = table.title() + ": " + row.getFirst();
      if (!row.get(2).equals("no")) {
        assertThat(row.get(3)).as(place).isNotBlank();
      }
      Matcher names = QUOTED.matcher(row.get(3));
      while (names.find()) {
        tests.requireTest(names.group(1), place);
      }
    }
  }
}
