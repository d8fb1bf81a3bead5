package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Scripts get their arguments and give their exit code, whichever shell runs them. */
class GuestShellTest {
  private static String said(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return said + process.waitFor();
  }

  private static List<String> withoutBusybox(List<String> command) {
    var words = new ArrayList<>(command);
    words.set(2, words.get(2).replace("/bin/busybox", "/nonexistent/busybox"));
    return words;
  }

  @Test
  void aScriptHasItsArgumentsAndExitCode() throws Exception {
    List<String> command =
        GuestShell.running("printf '<%s>' \"$@\"; exit $#", List.of("one", "two words", "$3;'"));
    assertThat(said(command)).isEqualTo("<one><two words><$3;'>3");
    assertThat(said(withoutBusybox(command))).isEqualTo("<one><two words><$3;'>3");
  }

  @Test
  void itIsCalledVisco() throws Exception {
    List<String> command = GuestShell.running("echo $0 $#", List.of());
    assertThat(said(command)).isEqualTo("visco 0\n0");
    assertThat(said(withoutBusybox(command))).isEqualTo("visco 0\n0");
  }

  @Test
  void oneThatIsNoShellFails() throws Exception {
    List<String> command = GuestShell.running("if", List.of());
    assertThat(said(command)).doesNotEndWith("0");
    assertThat(said(withoutBusybox(command))).doesNotEndWith("\n0");
  }
}
