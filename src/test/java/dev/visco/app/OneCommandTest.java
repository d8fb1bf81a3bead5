package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.Visco;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command that is typed is made alone, and is the same one. */
class OneCommandTest {
  private static final CommandLine WHOLE = WholeCommandLine.of();

  static Stream<String> names() {
    return WHOLE.getSubcommands().keySet().stream();
  }

  private static CommandLine of(String first) {
    return Main.commandLine(Program.here(), first);
  }

  @ParameterizedTest
  @MethodSource("names")
  void itSaysTheSameOfItselfAsAmongAllOthers(String name) {
    CommandLine whole = Objects.requireNonNull(WHOLE.getSubcommands().get(name));
    CommandLine one = of(name);
    CommandLine alone = Objects.requireNonNull(one.getSubcommands().get(name));
    assertThat(alone.getUsageMessage()).isEqualTo(whole.getUsageMessage());
    if (whole.getCommand() instanceof Visco.NeedsAllCommands) {
      assertThat(one.getSubcommands()).containsKeys("create", "up", "image");
    } else {
      assertThat(one.getSubcommands().values()).containsOnly(alone);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--help", "-V", "no-such-command", "creat"})
  void withoutOneAllAreThere(String first) {
    assertThat(of(first).getSubcommands().keySet()).isEqualTo(WHOLE.getSubcommands().keySet());
  }

  @Test
  void commandsThatShowOthersAreMarked() {
    assertThat(WHOLE.getSubcommands().values())
        .filteredOn(command -> command.getCommand() instanceof Visco.NeedsAllCommands)
        .extracting(CommandLine::getCommandName)
        .contains("help");
  }
}
