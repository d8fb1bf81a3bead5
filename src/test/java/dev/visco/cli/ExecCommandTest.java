package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import dev.visco.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Which words of {@code visco exec} are Visco's, and which the guest's. */
@Timeout(60)
class ExecCommandTest {
  private static final String VM = "vm-00000001";
  private final FakeDaemon daemon =
      new FakeDaemon()
          .answering(
              "POST /api/vms/" + VM + "/exec", "{\"exitCode\":7,\"output\":\"\",\"error\":\"\"}");

  @AfterEach
  void end() {
    daemon.close();
  }

  /** Commands that hands type, whose options once were Visco's. */
  static Stream<List<String>> commands() {
    return Stream.of(
        List.of("python3", "-V"),
        List.of("grep", "-h", "x", "file"),
        List.of("tool", "--json"),
        List.of("tool", "--help"),
        List.of("tool", "--version"),
        List.of("ls", "-la"),
        List.of("mke2fs", "--data", "x", "--listen", "1:2", "--set", "a=b"),
        List.of("git", "checkout", "--", "file"),
        List.of("printf", "", "two words", "$HOME", "${x}", "'quoted'"),
        List.of("-V"));
  }

  private List<String> sent() {
    var words = new ArrayList<String>();
    Json.mapper()
        .readTree(daemon.sent())
        .path("command")
        .forEach(word -> words.add(word.asString()));
    return words;
  }

  private static String[] line(List<String> before, List<String> command) {
    return Stream.concat(before.stream(), command.stream()).toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void allThatFollowsTheVmIsTheCommands(List<String> command) {
    for (List<String> before :
        List.of(
            List.of("exec", "--json", VM),
            List.of("exec", "--json", VM, "--"),
            List.of("exec", "--json", "--", VM),
            List.of("exec", "--json", "--", VM, "--"))) {
      Said said = daemon.run(line(before, command));
      assertThat(said.err()).isEmpty();
      assertThat(said.code()).as("%s", before).isEqualTo(7);
      assertThat(sent()).as("%s", before).isEqualTo(command);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void withoutJsonTheWordsAreTheSame(List<String> command) {
    CommandLine line =
        Visco.commandLine(flags -> daemon.address(), System.out, System.err, List.of());
    var parsed = line.parseArgs(line(List.of("exec", VM), command)).subcommand();
    assertThat(parsed.matchedOptions()).isEmpty();
    assertThat(((ExecCommand) parsed.commandSpec().userObject()).words()).isEqualTo(command);
  }

  @Test
  void onlyTheFirstTwoDashesAreLeftOut() {
    daemon.run("exec", "--json", VM, "--", "--", "x");
    assertThat(sent()).containsExactly("--", "x");
  }

  @Test
  void aWordThatBeginsWithAnAtIsNoFileOfWords(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("list"), "-x\n");
    daemon.run("exec", "--json", VM, "curl", "-d", "@" + file);
    assertThat(sent()).containsExactly("curl", "-d", "@" + file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--"})
  void withoutACommandItIsWrongUsage(String last) {
    Said said = daemon.run(line(List.of("exec", VM), last.isEmpty() ? List.of() : List.of(last)));
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(said.err()).contains("COMMAND");
    assertThat(daemon.asked).isEmpty();
  }

  @Test
  void beforeTheVmOptionsAreViscos() {
    assertThat(daemon.run("exec", "--help").out()).contains("Usage: visco exec");
    assertThat(daemon.run("exec", "-x", VM, "ls").code()).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(daemon.asked).isEmpty();
  }

  /** 1 to 5 may be the codes of the command in the guest. */
  @ParameterizedTest
  @ValueSource(strings = {"exec", "exec -d", "exec --json", "run", "execs wait", "execs attach"})
  void whatViscoCannotDoIs125WhateverItIs(String command) {
    List<String> words = List.of(command.split(" "));
    Said unknown = daemon.run(line(words, List.of("vm-00000009", "ls")));
    assertThat(unknown.code()).as(unknown.err()).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(unknown.err()).isNotEmpty();
    assertThat(daemon.run(line(words, List.of("--no-such", VM, "ls"))).code())
        .isEqualTo(CommandExitCode.NOT_RUN);
    daemon.close();
    assertThat(daemon.run(line(words, List.of(VM, "ls"))).code())
        .isEqualTo(CommandExitCode.NOT_RUN);
  }

  @Test
  void theSameOfShellAndSsh() {
    assertThat(daemon.run("shell", "vm-00000009").code()).isEqualTo(CommandExitCode.NOT_RUN);
    assertThat(daemon.run("ssh", "vm-00000009", "ls").code()).isEqualTo(255);
    assertThat(daemon.run("ssh", "--no-such", VM).code()).isEqualTo(255);
    assertThat(daemon.run("inspect", "vm-00000009").code()).isEqualTo(CommandExitCode.NOT_FOUND);
  }
}
