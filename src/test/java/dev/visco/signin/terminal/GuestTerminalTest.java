package dev.visco.signin.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuestTerminalTest {
  private static final String ESC = "\u001b";

  /** What a terminal of 100 columns and 40 rows was told and has answered. */
  private static final class Seen implements TerminalWatcher {
    final StringBuilder text = new StringBuilder();
    final List<String> links = new ArrayList<>();
    final ByteArrayOutputStream answers = new ByteArrayOutputStream();
    final GuestTerminal terminal = new GuestTerminal(100, 40, this);

    Seen() throws IOException {
      terminal.answerTo(answers);
    }

    @Override
    public void text(String more) {
      text.append(more);
    }

    @Override
    public void hyperlink(String target) {
      links.add(target);
    }

    Seen write(String output) throws IOException {
      terminal.write(output.getBytes(StandardCharsets.UTF_8));
      return this;
    }

    String answered() {
      return answers.toString(StandardCharsets.US_ASCII).replace(ESC, "^");
    }
  }

  /** The queries of the tools that Visco has providers for, and what they go on with. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ^[6n            | ^[1;1R                          | cursor position
          ab^[6n          | ^[1;3R                          | cursor position
          a\\r\\nb^[6n      | ^[2;2R                          | cursor position
          ^[12;7H^[6n     | ^[12;7R                         | cursor position
          ^[999;999H^[6n  | ^[40;100R                       | cursor position
          ^[?6n           | ^[?1;1;1R                       | cursor position
          ^[5n            | ^[0n                            | status
          ^[c             | ^[?62;22c                       | device attributes
          ^[>0c           | ^[>41;354;0c                    | secondary device attributes
          ^[=c            | ^P!`00000000^\\\\                | tertiary device attributes
          ^[>0q           | ^P>`visco(1)^\\\\                | terminal's name
          ^[?u            | ^[?0u                           | keyboard protocol
          ^]10;?^\\\\      | ^]10;rgb:ffff/ffff/ffff^\\\\     | colour 10
          ^]11;?BEL       | ^]11;rgb:0000/0000/0000^\\\\     | colour 11
          ^]4;7;?BEL      | ^]4;7;rgb:ffff/ffff/ffff^\\\\    | colour 4;7
          ^[?2026$p       | ^[?2026;0$y                     | mode 2026
          ^[14t           | ^[4;640;800t                    | size in pixels
          ^[16t           | ^[6;16;8t                       | cell in pixels
          ^[18t           | ^[8;40;100t                     | size in characters
          ^P+q544e^\\\\    | ^P0+r^\\\\                       | capabilities
          ^P$qm^\\\\       | ^P0$r^\\\\                       | settings
          """)
  void answersWhatProgramsAsk(String query, String answer, String name) throws IOException {
    String sent =
        query
            .replace("^", ESC)
            .replace("\\r", "\r")
            .replace("\\n", "\n")
            .replace("BEL", "\u0007")
            .replace("\\\\", "\\");
    Seen whole = new Seen().write(sent);
    assertThat(whole.answered()).isEqualTo(answer.replace('`', '|').replace("\\\\", "\\"));
    assertThat(whole.terminal.asked()).containsExactly(name);
    var inPieces = new Seen();
    for (byte one : sent.getBytes(StandardCharsets.UTF_8)) {
      inPieces.terminal.write(one);
    }
    assertThat(inPieces.answered()).isEqualTo(whole.answered());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^[?1049h",
        "^[?2004h",
        "^[1;31m",
        "^]0;title\u0007",
        "^]52;c;YQ==\u0007",
        "^[>4;2m",
        "^(B",
        "^_Ga=q,i=1;AAAA^\\",
        "^[>1u",
        "^[999999999999999999999999999999999999n",
        "^]11;?x\u0007"
      })
  void isSilentAboutTheRest(String sequence) throws IOException {
    Seen seen = new Seen().write("a" + sequence.replace("^", ESC) + "b");
    assertThat(seen.answered()).isEmpty();
    assertThat(seen.text.toString().replace("\n", "")).isEqualTo("ab");
  }

  @Test
  void coloursBreakNoWordAndMovementsDo() throws IOException {
    Seen seen = new Seen();
    seen.write("htt" + ESC + "[34mps://" + ESC + "[0ma.example" + ESC + "[2Kx\r\ny" + ESC + "[3Cz");
    assertThat(seen.text.toString()).isEqualTo("https://a.example\nx\n\ny\nz");
  }

  @Test
  void targetsOfHyperlinksArePassedOn() throws IOException {
    Seen seen = new Seen();
    seen.write(
        ESC + "]8;id=1;https://a.example/?x=1;y" + ESC + "\\shown" + ESC + "]8;;" + ESC + "\\");
    seen.write(ESC + "]8;;https://b.example/\u0007shown" + ESC + "]8;;\u0007");
    assertThat(seen.links).containsExactly("https://a.example/?x=1;y", "https://b.example/");
    assertThat(seen.text.toString()).isEqualTo("shownshown");
  }

  @Test
  void textInPiecesOfBytesIsWhole() throws IOException {
    var seen = new Seen();
    for (byte one : "Grüße 日本 🎈 \u00ff".getBytes(StandardCharsets.UTF_8)) {
      seen.terminal.write(one);
    }
    assertThat(seen.text.toString()).isEqualTo("Grüße 日本 🎈 ÿ");
    seen.terminal.write(new byte[] {(byte) 0xff, 'a'}, 0, 2);
    assertThat(seen.text.toString()).endsWith("\ufffda");
  }

  @Test
  void whatNeverEndsIsBoundedAndForgotten() throws IOException {
    var seen = new Seen();
    seen.write(ESC + "]8;;https://a.example/" + "x".repeat(1 << 20) + "\u0007after");
    assertThat(seen.links).isEmpty();
    assertThat(seen.text.toString()).isEqualTo("after");
    seen.write(ESC + "[" + "1;".repeat(1 << 16) + "H");
    for (int query = 0; query < 20_000; query++) {
      seen.write(ESC + "[?" + query + "$p");
    }
    assertThat(seen.answered().chars().filter(one -> one == '^').count()).isEqualTo(10_000);
    assertThat(seen.terminal.asked()).hasSizeLessThan(100);
  }

  @Test
  void whatWasAskedBeforeTheInputIsKnownIsAnsweredFirst() throws IOException {
    var terminal = new GuestTerminal(80, 24, new Seen());
    terminal.write((ESC + "[6n" + ESC + "[5n").getBytes(StandardCharsets.US_ASCII));
    assertThat(terminal.asked()).containsExactly("cursor position", "status");
    var input = new ByteArrayOutputStream();
    terminal.answerTo(input);
    terminal.write((ESC + "[c").getBytes(StandardCharsets.US_ASCII));
    assertThat(input.toString(StandardCharsets.US_ASCII))
        .isEqualTo(ESC + "[1;1R" + ESC + "[0n" + ESC + "[?62;22c");
  }
}
