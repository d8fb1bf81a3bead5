package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  /** A line as Visco's would look, and what a terminal obeys. */
  private static final String HOSTILE =
      "ended\r\n2026-01-01T00:00:00.000Z INFO  Daemon: all is well\n\u001b]52;c;eA==\u0007\u009b2J\u202e";

  /** What comes out by the very configuration that the daemon has. */
  private static List<String> logged(String message, @Nullable Throwable thrown) {
    var bytes = new ByteArrayOutputStream();
    PrintStream before = System.err;
    var context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    try (var err = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setErr(err);
      var configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(
          Objects.requireNonNull(LogLinesTest.class.getResource("/logback.xml")));
      Logger logger = context.getLogger("dev.visco.lifecycle.Conductor");
      assertThat(context.getLogger("ROOT").getAppender("ERR"))
          .isInstanceOf(OutputStreamAppender.class);
      logger.setLevel(Level.INFO);
      logger.warn("{}: failed: {}", "vm-1", message, thrown);
      context.stop();
    } catch (JoranException e) {
      throw new IllegalStateException(e);
    } finally {
      System.setErr(before);
    }
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void aMessageIsOneLineWhateverAGuestSaid() {
    List<String> lines = logged(HOSTILE, null);
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst())
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+(Z|[+-]\\d\\d:\\d\\d) WARN  Conductor: vm-1: failed: ended.*")
        .contains("ended\\u000d\\n2026-01-01")
        .contains("\\u001b]52;c;eA==\\u0007\\u009b2J\\u202e");
  }

  @Test
  void theLinesOfAStackTraceAreNobodyElses() {
    List<String> lines =
        logged(
            "broke off", new IllegalStateException(HOSTILE, new IllegalArgumentException(HOSTILE)));
    assertThat(lines).hasSizeGreaterThan(4);
    assertThat(lines.subList(1, lines.size())).allMatch(line -> line.startsWith("\t"));
    assertThat(String.join("\n", lines))
        .doesNotContainPattern("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202e]");
    assertThat(lines.get(1)).startsWith("\tjava.lang.IllegalStateException: ended\\u000d\\n");
    assertThat(lines)
        .anyMatch(line -> line.startsWith("\tcaused by java.lang.IllegalArgumentException: "));
  }

  @Test
  void whatIsTooLongIsCut() {
    assertThat(logged("x".repeat(100_000), null).getFirst()).hasSizeLessThan(17_000).endsWith(" …");
  }
}
