package dev.visco.failures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.Diagnoses;
import dev.visco.documents.NamedTests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What {@code docs/failures.md} promises is there. */
class FailuresDocumentTest {
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  private static List<String> rows() throws IOException {
    return Files.readAllLines(Path.of("docs/failures.md")).stream()
        .filter(line -> line.matches("\\| \\d+ \\|.*"))
        .toList();
  }

  private static String held(String row) {
    String[] cells = row.split(" \\| ", -1);
    return cells[cells.length - 1];
  }

  @Test
  void allSixtyAreCovered() throws IOException {
    List<String> numbers = rows().stream().map(row -> row.split(" ", 3)[1]).toList();
    assertThat(numbers).doesNotHaveDuplicates().hasSize(60);
    assertThat(Files.readString(Path.of("docs/failures.md")))
        .contains("Rows that are covered: " + numbers.size() + " of 60");
  }

  @Test
  void everyTestAndCaseThatIsNamedIsThere() throws IOException {
    var tests = new NamedTests();
    List<String> cases = FailureCase.names();
    for (String row : rows()) {
      String held = held(row);
      var names = QUOTED.matcher(held);
      while (names.find()) {
        if (NamedTests.isName(names.group(1))) {
          tests.requireTest(names.group(1), row);
        } else {
          assertThat(cases).as(row).contains(names.group(1));
        }
      }
      assertThat(held).as(row).isNotBlank();
    }
  }

  @Test
  void everyCaseStandsInTheRowsThatItIsAbout() throws IOException {
    Map<Integer, String> byNumber =
        rows().stream()
            .collect(
                Collectors.toMap(
                    row -> Integer.parseInt(row.split(" ", 3)[1]), FailuresDocumentTest::held));
    for (String name : FailureCase.names()) {
      FailureCase failure = FailureCase.read(name);
      assertThat(failure.rows()).as(name).isNotEmpty();
      assertThat(failure.rows().stream().map(byNumber::get))
          .as(name + " stands in at least one of its rows")
          .anyMatch(held -> held != null && held.contains("`" + name + "`"));
    }
  }

  @Test
  void everyRuleThatACaseNamesIsOne() {
    var named = new TreeSet<String>();
    FailureCase.names()
        .forEach(name -> {
          named.add(FailureCase.read(name).rule());
          named.addAll(FailureCase.read(name).follows());
        });
    assertThat(Diagnoses.rules()).containsAll(named);
  }
}
