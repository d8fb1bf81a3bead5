package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GuestTextTest {
  private static String line(String foreign) {
    return GuestText.line(foreign).value();
  }

  @Test
  void nothingThatATerminalObeysIsLeft() {
    assertThat(line("\u001b]52;c;ZXZpbA==\u0007copied")).isEqualTo("copied");
    assertThat(line("\u001b]0;title\u001b\\shown")).isEqualTo("shown");
    assertThat(line("a\u001b[2J\u001b[1;1Hb\u001b[31mc\u001b[0m")).isEqualTo("abc");
    assertThat(line("a\u001bcb\u001b(Bc\u001b7d")).isEqualTo("abcd");
    assertThat(line("a\u001bP1$r0m\u001b\\b")).isEqualTo("ab");
    assertThat(line("a\u009b2Jb\u009d52;c;eA==\u009cc\u0085d")).isEqualTo("abcd");
    assertThat(line("\u0000a\bb\u007fc\u0007")).isEqualTo("abc");
  }

  @Test
  void nothingThatTurnsTheOrderAroundIsLeft() {
    assertThat(line("user\u202eresu\u2066 \u2069\u200f\u061cend\u2028\ufeff"))
        .isEqualTo("userresu end");
    assertThat(line("a\udb40\udc41b")).isEqualTo("ab");
  }

  @Test
  void aLineIsOneLine() {
    assertThat(line("one\r\ntwo\nthree\tfour\u000b\u000c")).isEqualTo("one  two three four");
    assertThat(GuestText.line("x".repeat(5000)).value()).hasSize(GuestText.MAX_LINE);
    assertThat(GuestText.line("x".repeat(5000), 7).value()).isEqualTo("xxxxxxx");
  }

  @Test
  void linesStayLines() {
    assertThat(GuestText.lines("one\r\n\ttwo\u001b[K\n", 100).value()).isEqualTo("one\n\ttwo\n");
    assertThat(GuestText.lines("one\ntwo", 5).value()).isEqualTo("one\nt");
  }

  @Test
  void aSequenceWithoutAnEndHidesNoOtherLine() {
    assertThat(GuestText.lines("\u001b]0;never ended\nKernel panic", 100).value())
        .isEqualTo("\nKernel panic");
    assertThat(GuestText.lines("\u001b[31\nKernel panic", 100).value()).isEqualTo("\nKernel panic");
    assertThat(GuestText.lines("\u001bP" + "x".repeat(6000) + "end", 10_000).value())
        .endsWith("xend");
  }

  @Test
  void whatIsTextStays() {
    assertThat(line("häß 漢字 🙂 [1af4:1042] ~")).isEqualTo("häß 漢字 🙂 [1af4:1042] ~");
    assertThat(GuestText.line("häß".getBytes(StandardCharsets.UTF_8)).value()).isEqualTo("häß");
  }

  @Test
  void whatIsNoUtf8IsSeenAsSuch() {
    assertThat(GuestText.line(new byte[] {'a', (byte) 0x9b, '2', 'J', (byte) 0xc3}).value())
        .isEqualTo("a\ufffd2J\ufffd");
    assertThat(line("a\ud800b\udc00\ud800")).isEqualTo("a\ufffdb\ufffd");
  }

  @Test
  void cleaningTwiceChangesNothing() {
    var random = new java.util.Random(7);
    for (int round = 0; round < 2000; round++) {
      var text = new StringBuilder();
      for (int at = 0; at < 60; at++) {
        String odd = "\u001b[]P_\\\u009b\u009d\u009c\u0007;m2Jx\n\t\r\u202e\ud83d\ude42";
        text.append(odd.charAt(random.nextInt(odd.length())));
      }
      String once = GuestText.lines(text.toString(), 100).value();
      assertThat(GuestText.lines(once, 100).value()).isEqualTo(once);
      assertThat(once).matches("[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202e]*");
    }
  }

  @Test
  void anEscapedTextLosesNothing() {
    assertThat(GuestText.escaped("a\u001b[2J\u009b\u202eb\tc\nd"))
        .isEqualTo("a\\u001b[2J\\u009b\\u202eb\tc\nd");
    assertThat(GuestText.escapedLine("one\r\ntwo\u001b]52;c;x\u0007"))
        .isEqualTo("one\\u000d\\ntwo\\u001b]52;c;x\\u0007");
    String plain = "nothing odd";
    assertThat(GuestText.escaped(plain)).isSameAs(plain);
  }
}
