package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts get their arguments and give their exit code, whichever shell runs them. */
class GuestShellTest {
  private static final List<List<String>> SHELLS =
      List.of(List.of("bash"), List.of("dash"), List.of("/bin/busybox", "sh"));

  @TempDir Path folder;

  /** By the shell of a guest's root, as SSH has it run commands. */
  private static String said(List<String> shell, List<String> command) throws Exception {
    var words = new ArrayList<>(shell);
    words.addAll(List.of("-c", ShellQuoting.line(GuestCommand.of(command))));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return said + process.waitFor();
  }

  /** What all shells say, with a busybox and without one. */
  private String said(String script, String... arguments) throws Exception {
    String said = said(script, GuestShell.running(script, List.of(arguments)));
    if (!script.contains("$0")) {
      assertThat(said(script, GuestShell.runningInRootsShell(script, List.of(arguments))))
          .isEqualTo(said);
    }
    return said;
  }

  private String said(String script, List<String> command) throws Exception {
    var said = new ArrayList<String>();
    for (List<String> shell : SHELLS) {
      said.add(said(shell, command));
      said.add(said(shell, with("/nonexistent/busybox", command)));
      said.add(said(shell, with(withoutShell(), command)));
    }
    assertThat(said).as(script).containsOnly(said.getFirst());
    return said.getFirst();
  }

  private static List<String> with(String busybox, List<String> command) {
    return command.stream().map(word -> word.replace("/bin/busybox", busybox)).toList();
  }

  /** As one that was made without a shell in it. */
  private String withoutShell() throws Exception {
    Path busybox = folder.resolve("busybox");
    Files.writeString(busybox, "#!/bin/sh\nexit 127\n");
    busybox.toFile().setExecutable(true);
    return busybox.toString();
  }

  @Test
  void aScriptHasItsArgumentsAndExitCode() throws Exception {
    assertThat(said("printf '<%s>' \"$@\"; exit $#", "one", "two words", "$3;'"))
        .isEqualTo("<one><two words><$3;'>3");
  }

  @Test
  void itIsCalledVisco() throws Exception {
    assertThat(said("echo $0 $#")).isEqualTo("visco 0\n0");
  }

  @Test
  void itEndsWithItsLastCommand() throws Exception {
    assertThat(said("echo one; (exit 3)")).isEqualTo("one\n3");
  }

  @Test
  void oneThatIsNoScriptFails() throws Exception {
    for (List<String> command :
        List.of(
            GuestShell.running("if", List.of()), GuestShell.runningInRootsShell("if", List.of()))) {
      for (List<String> shell : SHELLS) {
        assertThat(said(shell, command)).doesNotEndWith("\n0");
        assertThat(said(shell, with("/nonexistent/busybox", command))).doesNotEndWith("\n0");
      }
    }
  }

  @Test
  void bashRunsItselfWhatStartsNoPrograms() throws Exception {
    List<String> asks = GuestShell.runningInRootsShell("echo ${BASH_VERSION:+bash}", List.of());
    assertThat(said(List.of("bash"), asks)).isEqualTo("bash\n0");
    assertThat(said(List.of("dash"), asks)).isEqualTo("\n0");
  }
}
