package dev.visco.signin.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Links and codes in what tools print. */
class ScannersTest {
  private static List<String> links(String text) {
    var scanner = new LinkScanner();
    var found = new ArrayList<>(scanner.accept(text));
    found.addAll(scanner.finish());
    var pieces = new LinkScanner();
    var inPieces = new ArrayList<String>();
    text.chars().forEach(one -> inPieces.addAll(pieces.accept(Character.toString(one))));
    inPieces.addAll(pieces.finish());
    assertThat(inPieces).isEqualTo(found);
    return found;
  }

  @Test
  void linksEndWhereWhiteSpaceOrAQuoteComes() {
    assertThat(links("Open https://a.example/login?x=1&y=%20#z in your browser."))
        .containsExactly("https://a.example/login?x=1&y=%20#z");
    assertThat(links("(see http://localhost:4242/.) \"https://b.example/a,b\" https://c.example"))
        .containsExactly("http://localhost:4242/", "https://b.example/a,b", "https://c.example");
    assertThat(links("│https://d.example/x│ URL:https://e.example/?u=https://f.example/"))
        .containsExactly("https://d.example/x", "https://e.example/?u=https://f.example/");
    assertThat(links("https:// http:/a.example ftp://a.example //a.example")).isEmpty();
  }

  @Test
  void aLinkThatIsTooLongIsNoneAndTheNextOneIs() {
    String tail = "x".repeat(LinkScanner.MAX_LINK);
    assertThat(links("https://a.example/" + tail + " https://b.example/"))
        .containsExactly("https://b.example/");
    var scanner = new LinkScanner();
    for (int piece = 0; piece < 1000; piece++) {
      assertThat(scanner.accept(tail)).isEmpty();
    }
    assertThat(scanner.accept(" https://c.example/ ")).containsExactly("https://c.example/");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ! First copy your one-time code: 9A1B-2C3D       | 9A1B-2C3D
          code: 9A1B-2C3D.                                 | 9A1B-2C3D
          code: 9a1b-2c3d                                  | ''
          code: 9A1B-2C3DE                                 | ''
          code: X9A1B-2C3D                                 | ''
          code: 9A1B2-C3D                                  | ''
          -9A1B-2C3D                                       | ''
          """)
  void codesHaveTheFormThatTheFileSays(String text, String code) {
    var scanner = new CodeScanner("XXXX-XXXX");
    var found = new ArrayList<String>();
    (text + "\n").chars().forEach(one -> found.addAll(scanner.accept(Character.toString(one))));
    assertThat(String.join(" ", found)).isEqualTo(code);
    assertThat(scanner.finish()).isEmpty();
  }

  @Test
  void aCodeAtTheEndIsOne() {
    var scanner = new CodeScanner("XXXX-XXXXX");
    assertThat(scanner.accept("ABCD-EFGH1")).isEmpty();
    assertThat(scanner.finish()).containsExactly("ABCD-EFGH1");
    assertThat(scanner.accept("A".repeat(1 << 20) + " ")).isEmpty();
  }
}
