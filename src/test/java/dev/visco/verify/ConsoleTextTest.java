package dev.visco.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ConsoleTextTest {
  private static String clean(String line) {
    return new ConsoleText(line).first(any -> true).orElseThrow();
  }

  @Test
  void linesAreClean() {
    assertThat(clean("\u001b[1;32mgreen\u001b[0m \u001b[?25l text\r")).isEqualTo("green  text");
    assertThat(clean("\u001b]0;a title\u0007shown\u001bM\u0007\b")).isEqualTo("shown");
    assertThat(clean("  \u0000blank\u007f at both ends \t")).isEqualTo("blank at both ends");
    assertThat(clean("\u009b2Jshown\u202e")).isEqualTo("shown");
  }

  @Test
  void whatIsNoEscapeStays() {
    assertThat(clean("[    0.000000] pci 0000:00:01.0: [1af4:1042]"))
        .isEqualTo("[    0.000000] pci 0000:00:01.0: [1af4:1042]");
    assertThat(clean("häß 漢字 🙂")).isEqualTo("häß 漢字 🙂");
  }

  @Test
  void aLineIsCutWhereNothingIsLookedFor() {
    assertThat(clean("x".repeat(1 << 20))).hasSize(600);
  }

  @Test
  void anEscapeInTheMiddleOfAWordDoesNotHideIt() {
    var text = new ConsoleText("one\n\u001b[0mKernel \u001b[31mpanic\r\nthree");
    assertThat(text.containing("Kernel panic")).contains("Kernel panic");
  }

  @Test
  void findsTheFirstLine() {
    var text = new ConsoleText("a 1\nb 2\n\n a 3\n");
    assertThat(text.containing("a")).contains("a 1");
    assertThat(text.matching(Pattern.compile("\\d$"))).contains("a 1");
    assertThat(text.first(line -> line.endsWith("3"))).contains("a 3");
    assertThat(text.containing("c")).isEmpty();
    assertThat(new ConsoleText("").containing("")).isEmpty();
  }

  @Test
  void otherOutputMayStandOnTheSameLine() {
    assertThat(new ConsoleText("login: [  1.0] EXT4-fs (vda1): mounted").containing("EXT4-fs"))
        .contains("login: [  1.0] EXT4-fs (vda1): mounted");
  }

  @Test
  void findsWhatStoodBefore() {
    var text = new ConsoleText("one\ntwo\n\n\r\nend\nthree\nend\n");
    assertThat(text.before(Pattern.compile("end"))).contains("two");
    assertThat(text.before(Pattern.compile("one"))).isEmpty();
  }
}
