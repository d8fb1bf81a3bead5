package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the real {@code /bin/sh} makes of our lines. */
class ShellQuotingTest {
  /** Everything that means something to a shell stands here more than once in a while. */
  private static final String ALPHABET =
      "ab019 \t\n\r'\"`\\$(){}[]<>|&;*?!#~=%^,.:/@+-_\u0001\u001b\u007fäß漢🙂";

  private final LinuxHost host = new LinuxHost();

  private static String line(List<String> arguments) {
    return ShellQuoting.line(GuestCommand.of(arguments));
  }

  private CommandResult shell(String line) {
    return host.run(Command.of("/bin/sh", "-c", line));
  }

  /** The arguments as a program got them, each ended by a byte that no argument can hold. */
  private List<String> received(List<String> arguments) {
    var all = new ArrayList<>(List.of("printf", "%s\\0", "first"));
    all.addAll(arguments);
    String output = shell(line(all)).output();
    List<String> words = List.of(output.split("\0", -1));
    assertThat(words.getFirst()).isEqualTo("first");
    assertThat(words.getLast()).isEmpty();
    return words.subList(1, words.size() - 1);
  }

  @Test
  void keepsRandomArgumentsWhole() {
    var random = new SplittableRandom(20_260_101);
    int[] alphabet = ALPHABET.codePoints().toArray();
    for (int round = 0; round < 150; round++) {
      var arguments = new ArrayList<String>();
      for (int word = random.nextInt(1, 9); word > 0; word--) {
        var argument = new StringBuilder();
        for (int length = random.nextInt(0, 24); length > 0; length--) {
          argument.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        }
        arguments.add(argument.toString());
      }
      assertThat(received(arguments)).as("round %d", round).isEqualTo(arguments);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "'", "''", "\\", "'\\''", "$HOME", "`id`", "a\nb", "-n", "~", "*", "\\0"})
  void keepsWhatShellsLoveToExpand(String argument) {
    assertThat(received(List.of(argument, argument))).containsExactly(argument, argument);
  }

  @Test
  void quotesTheProgramToo() {
    assertThat(shell(line(List.of("no such; program"))).exitCode()).isEqualTo(127);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 255})
  void passesTheExitCodeOn(int code) {
    assertThat(shell(line(List.of("sh", "-c", "exit " + code))).exitCode()).isEqualTo(code);
  }

  @Test
  void tellsASignalAs128AndItsNumber() {
    assertThat(shell(line(List.of("sh", "-c", "kill -9 $$"))).exitCode()).isEqualTo(137);
    assertThat(shell(line(List.of("sh", "-c", "kill -15 $$"))).exitCode()).isEqualTo(143);
  }

  @Test
  void takesTheLongestLineThatLinuxTakesAndRefusesOneByteMore() {
    int rest = ShellQuoting.MAX_LINE - line(List.of("echo", "-n", "")).length();
    String longest = "x".repeat(rest);
    assertThat(shell(line(List.of("echo", "-n", longest))).output()).isEqualTo(longest);
    assertThatThrownBy(() -> line(List.of("echo", "-n", longest + "x")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("command")
        .hasMessageContaining("131072 bytes")
        .hasMessageContaining("standard input");
  }

  @Test
  void countsBytesAndNotCharacters() {
    assertThatThrownBy(() -> line(List.of("echo", "漢".repeat(50_000))))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("150");
    assertThat(line(List.of("echo", "漢".repeat(43_000))).getBytes(StandardCharsets.UTF_8).length)
        .isLessThanOrEqualTo(ShellQuoting.MAX_LINE);
  }

  @Test
  void refusesWhatNoProgramCanBeGiven() {
    assertThatThrownBy(() -> line(List.of("echo", "a\0b")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("command \"a\\0b\"")
        .hasMessageContaining("NUL");
    assertThatThrownBy(() -> line(List.of("echo", "half \ud83d")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("UTF-8");
  }
}
