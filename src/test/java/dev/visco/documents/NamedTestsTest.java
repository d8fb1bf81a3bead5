package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that documents name as what holds their promises are there. */
class NamedTestsTest {
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private final NamedTests tests = new NamedTests();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docs/security.md",
        "docs/hosts.md",
        "docs/operations.md",
        "docs/reverse-proxy.md"
      })
  void everyTestOfADocumentIsThere(String document) throws IOException {
    int count = 0;
    for (String line : Files.readAllLines(Path.of(document))) {
      Matcher quoted = QUOTED.matcher(line);
      while (quoted.find()) {
        if (NamedTests.isName(quoted.group(1))) {
          tests.requireTest(quoted.group(1), document + ": " + line);
          count++;
        }
      }
    }
    assertThat(count).as(document).isPositive();
  }
}
