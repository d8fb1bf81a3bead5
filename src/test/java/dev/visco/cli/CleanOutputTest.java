package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CleanOutputTest {
  /**
   * Clipboard, screen, title, a C1 sequence, a turned order, a line that pretends to be Visco's.
   */
  private static final String HOSTILE =
      "a\\u001b]52;c;ZXZpbA==\\u0007b\\u001b[2Jc\\u009b2Jd\\u202ee\\r\\nvisco: f";

  private static final String ACTIVE =
      "[\\s\\S]*[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202e][\\s\\S]*";

  private static String clean(byte[] bytes, int piece) throws IOException {
    var out = new ByteArrayOutputStream();
    try (PrintStream to = CleanOutput.over(out)) {
      for (int at = 0; at < bytes.length; at += piece) {
        to.write(bytes, at, Math.min(piece, bytes.length - at));
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void passesTextOnWhateverItsPieces() throws IOException {
    byte[] bytes =
        "häß 漢字 🙂\u001b]52;c;eA==\u0007 one\r\n\u001b[1;31mtwo\u009b0m"
            .getBytes(StandardCharsets.UTF_8);
    for (int piece = 1; piece <= bytes.length; piece++) {
      assertThat(clean(bytes, piece)).isEqualTo("häß 漢字 🙂 one\ntwo");
    }
    assertThat(clean("x".repeat(100_000).getBytes(StandardCharsets.UTF_8), 100_000))
        .hasSize(100_000);
  }

  @Test
  void whatIsShortIsThereAtOnce() throws IOException {
    var out = new ByteArrayOutputStream();
    PrintStream to = CleanOutput.over(out);
    to.write("login: ".getBytes(StandardCharsets.UTF_8));
    to.flush();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("login: ");
  }

  @Test
  void whatAGuestSaidReachesATerminalAsText() {
    try (var daemon = new FakeDaemon()) {
      String vm =
          "{\"vmId\":\"vm-00000001\",\"state\":\"failed\",\"failure\":\"%s\",\"userId\":\"%s\"}";
      daemon
          .answering("GET /api/vms", "[" + vm.formatted(HOSTILE, HOSTILE) + "]")
          .answering("GET /api/vms/vm-00000001", vm.formatted(HOSTILE, HOSTILE))
          .answering(
              "GET /api/vms/vm-00000001/report",
              "{\"vm\":\"vm-00000001\",\"vmm\":\"%s\",\"met\":false,\"criteria\":[{\"verdict\":\"not-met\",\"number\":1,\"criterion\":\"a\",\"evidence\":\"%s\"}]}"
                  .formatted(HOSTILE, HOSTILE))
          .answering(
              "GET /api/vms/vm-00000001/diagnosis",
              "{\"rule\":\"r\",\"criterion\":null,\"cause\":\"%s\",\"evidence\":[\"%s\"],\"ruledOut\":[],\"isCertain\":true,\"consequences\":[],\"remedy\":\"%s\",\"command\":null}"
                  .formatted(HOSTILE, HOSTILE, HOSTILE));
      for (String command :
          new String[] {
            "ps", "inspect vm-00000001", "report vm-00000001", "diagnose vm-00000001"
          }) {
        FakeDaemon.Said said = daemon.run(command.split(" ", -1));
        assertThat(said.out() + said.err()).as(command).contains("c").doesNotMatch(ACTIVE);
        FakeDaemon.Said json = daemon.run((command + " --json").split(" ", -1));
        assertThat(json.out()).as(command + " --json").contains("\\u009b").doesNotMatch(ACTIVE);
      }
    }
  }

  @Test
  void aRefusalIsTextToo() {
    try (var daemon = new FakeDaemon()) {
      FakeDaemon.Said said = daemon.run("inspect", "vm\u001b[2J\u009b2J");
      assertThat(said.code()).isNotZero();
      assertThat(said.err()).isNotEmpty().doesNotMatch(ACTIVE);
    }
  }

  @Test
  void aConsoleIsTextOnATerminalUnlessEveryByteIsAskedFor() {
    String console = "one\r\n\u001b]52;c;eA==\u0007\u001b[2Jtwo\u009b2J\n";
    try (var daemon = new FakeDaemon()) {
      String id = "vm-00000001";
      daemon
          .answering("GET /api/vms", "[{\"vmId\":\"" + id + "\"}]")
          .answering("GET /api/vms/" + id, "{\"vmId\":\"" + id + "\"}")
          .answering("GET /api/vms/" + id + "/console", console);
      assertThat(daemon.runOnTerminal("logs", id).out()).isEqualTo("one\ntwo\n");
      assertThat(daemon.runOnTerminal("logs", "--raw", id).out()).isEqualTo(console);
      assertThat(daemon.run("logs", id).out()).isEqualTo(console);
      assertThat(daemon.runOnTerminal("logs", "--json", id).out())
          .containsIgnoringCase("\\u001b]52")
          .contains("\\u009b")
          .doesNotMatch(ACTIVE);
    }
  }

  @Test
  void knowsATerminal(@TempDir Path folder) throws IOException {
    assertThat(
            StandardOutput.isTerminal(
                Files.createSymbolicLink(folder.resolve("a"), Path.of("/dev/pts/3"))))
        .isTrue();
    assertThat(
            StandardOutput.isTerminal(
                Files.createSymbolicLink(folder.resolve("b"), Path.of("/dev/null"))))
        .isFalse();
    assertThat(
            StandardOutput.isTerminal(
                Files.createSymbolicLink(folder.resolve("c"), Path.of("pipe:[42]"))))
        .isFalse();
    assertThat(StandardOutput.isTerminal(folder.resolve("none"))).isFalse();
  }
}
