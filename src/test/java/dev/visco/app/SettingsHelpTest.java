package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.settings.Key;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsHelpTest {
  @ParameterizedTest
  @ValueSource(strings = {"up", "down", "daemon"})
  void helpListsEverySettingWithItsVariableDefaultAndMeaning(String command) {
    String help =
        Objects.requireNonNull(
                Main.commandLine(new Program(Path.of(""), Map.of())).getSubcommands().get(command))
            .getUsageMessage();
    for (Key key : Key.values()) {
      assertThat(help.lines())
          .as(key.path())
          .anySatisfy(line ->
              assertThat(line)
                  .matches("  \\Q" + key.path() + "\\E +" + key.variable() + " +default: .+")
                  .endsWith(key.standard()))
          .anyMatch(line -> line.strip().equals(key.meaning()));
    }
    assertThat(help).endsWith("Example: visco " + exampleOf(command) + "\n");
  }

  private static String exampleOf(String command) {
    return switch (command) {
      case "down" -> "down --purge";
      case "daemon" -> "daemon status";
      default -> command;
    };
  }
}
