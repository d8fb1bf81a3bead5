package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProgressPrinterTest {
  private static String printed(boolean isTerminal) {
    var out = new ByteArrayOutputStream();
    try (var progress =
        new ProgressPrinter(new PrintStream(out, true, StandardCharsets.UTF_8), isTerminal)) {
      progress.report("vm-1: open network", -1);
      progress.report("vm-1: open network", -1);
      progress.report("vm-1: launch machine", 0.5);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aTerminalKeepsALineForEachStepWithItsTime() {
    assertThat(
            Stream.of(printed(true).split("\n"))
                .map(line -> line.substring(line.lastIndexOf('\r') + 1)))
        .satisfiesExactly(
            line -> assertThat(line.strip()).matches("visco: vm-1: open network, \\d+\\.\\d s"),
            line -> assertThat(line.strip()).matches("visco: vm-1: launch machine, \\d+\\.\\d s"));
    assertThat(printed(true)).contains("[############............]  50 %");
  }

  @Test
  void elsewhereEachStepIsALineOnce() {
    assertThat(printed(false))
        .isEqualTo("visco: vm-1: open network\nvisco: vm-1: launch machine\n");
  }
}
