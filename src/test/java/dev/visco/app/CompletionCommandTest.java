package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.CommandEntry;
import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(60)
class CompletionCommandTest {
  @TempDir private Path folder;

  private static CommandLine line() {
    return Main.commandLine(new Program(Path.of(""), Map.of()));
  }

  /** What bash offers for the last word. */
  private List<String> offered(String... words) throws IOException {
    Path script = folder.resolve("visco.bash");
    Files.writeString(script, CompletionCommand.bash(line()));
    String ask =
        """
        source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        _complete_visco; printf '%s\\n' "${COMPREPLY[@]}"
        """;
    var command = new java.util.ArrayList<>(List.of("bash", "-c", ask, script.toString()));
    command.addAll(List.of(words));
    return new LinuxHost().run(Command.of(command)).output().lines().map(String::strip).toList();
  }

  @Test
  void bashOffersCommandsAndTheirOptions() throws IOException {
    assertThat(offered("visco", "ins")).containsExactly("inspect");
    assertThat(offered("visco", "image", "im")).containsExactly("import");
    assertThat(offered("visco", "logs", "--ta")).containsExactly("--tail");
    assertThat(offered("visco", "ps", "--")).contains("--format", "--filter", "--all");
  }

  @Test
  void fishHasALineForEachCommandAndOption() {
    String script = FishCompletion.of(line());
    assertThat(script.lines())
        .contains(
            "complete -c visco -n '__fish_use_subcommand' -a inspect -d 'Shows all fields of VMs as"
                + " JSON.'",
            "complete -c visco -n '__fish_seen_subcommand_from inspect' -a '(visco ps -q"
                + " 2>/dev/null)'",
            "complete -c visco -n '__fish_seen_subcommand_from ps ls list' -s q -l quiet -d 'prints"
                + " the ids or names alone, one a line'")
        .anyMatch(one ->
            one.startsWith(
                "complete -c visco -n '__fish_seen_subcommand_from image;"
                    + " and not __fish_seen_subcommand_from ls inspect build import pull rm' -a build"));
    assertThat(script).doesNotContain("-a train").doesNotContain("-a packages");
  }

  @Test
  void everyQuoteOfFishIsClosed() {
    assertThat(FishCompletion.of(line()).lines())
        .allSatisfy(one ->
            assertThat(
                    one.replaceAll("\\\\.", "").chars().filter(letter -> letter == '\'').count()
                        % 2)
                .as(one)
                .isZero());
  }

  @Test
  void anotherShellIsRefused() {
    CommandLine line = line();
    var err = new java.io.ByteArrayOutputStream();
    int code =
        dev.visco.cli.Visco.commandLine(
                flags -> {
                  throw new AssertionError("asks no daemon");
                },
                new java.io.PrintStream(err),
                new java.io.PrintStream(err),
                List.of(
                    new CommandEntry(
                        context -> new CompletionCommand(context, () -> line), "completion")))
            .execute("completion", "tcsh");
    assertThat(code).isEqualTo(3);
    assertThat(err.toString(java.nio.charset.StandardCharsets.UTF_8))
        .contains("SHELL \"tcsh\" is not known. Give bash, zsh or fish.");
  }
}
