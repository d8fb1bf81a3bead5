package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.visco.store.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What earlier daemons left, and what of it is kept. */
class DaemonLogTest {
  private static final Instant ENDED = Instant.parse("2026-11-25T20:15:30.250Z");
  @TempDir private Path data;

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(data)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private void said(String text, Instant ended) throws IOException {
    Path out = Files.writeString(data.resolve(DaemonLog.OUT), text);
    Files.setLastModifiedTime(out, FileTime.from(ended));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void theLastDaemonsWordsAreKeptUnderTheTimeOfItsEnd() throws Exception {
    said("java.lang.OutOfMemoryError: Java heap space\n", ENDED);
    Path out = new DaemonLog(data).begin();
    assertThat(out).isEmptyFile();
    assertThat(mode(out)).isEqualTo("rw-------");
    Path kept = data.resolve("daemon.out.2026-11-25T20-15-30.250");
    assertThat(kept).hasContent("java.lang.OutOfMemoryError: Java heap space\n");
    assertThat(mode(kept)).isEqualTo("rw-------");
  }

  @Test
  void oneThatSaidNothingLeavesNothingAndOfTheOthersFiveAreKept() throws Exception {
    var log = new DaemonLog(data);
    log.begin();
    log.begin();
    assertThat(names()).containsExactly(DaemonLog.OUT);
    for (int count = 0; count < 8; count++) {
      said("end " + count, ENDED.plusSeconds(count));
      log.begin();
    }
    assertThat(names()).hasSize(1 + DaemonLog.KEPT);
    assertThat(data.resolve("daemon.out.2026-11-25T20-15-37.250")).hasContent("end 7");
    assertThat(names()).allMatch(DataFolder::isOwn);
  }

  @Test
  void ofALongOneTheEndIsKept() throws Exception {
    said("x".repeat(DaemonLog.KEPT_BYTES) + "the end", ENDED);
    new DaemonLog(data).begin();
    Path kept = data.resolve("daemon.out.2026-11-25T20-15-30.250");
    assertThat(Files.size(kept)).isEqualTo(DaemonLog.KEPT_BYTES);
    assertThat(Files.readString(kept)).endsWith("xthe end");
  }

  @Test
  void theLastWordsAreItsLastLinesHoweverMuchItSaid() throws Exception {
    var log = new DaemonLog(data);
    said("", ENDED);
    assertThat(log.lastWords()).contains("it said nothing").contains("daemon.log");
    said("noise\n".repeat(100_000) + "1\n2\n\n3\n4\n5\n", ENDED);
    assertThat(log.lastWords()).isEqualTo("1; 2; 3; 4; 5");
  }

  /** As logback-daemon.xml has it for a daemon in the background, but in this folder. */
  @Test
  void theLogItselfHasABoundIsPrivateAndGoesOnAfterARestart() throws Exception {
    String file = Files.readString(Path.of("src/main/resources/logback-daemon.xml"));
    String here =
        file.replace(">daemon.log", ">" + data.resolve("daemon.log")).replace(">4MB<", ">8KB<");
    assertThat(here).contains(">8KB<");
    Path configuration = Files.writeString(data.resolve("logback.xml"), here);
    for (int start = 0; start < 2; start++) {
      var context = new LoggerContext();
      context.setMDCAdapter(new LogbackMDCAdapter());
      var configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(configuration.toFile());
      var logger = context.getLogger("Test");
      for (int line = 0; line < 2000; line++) {
        logger.info("start {} line {}", start, line);
      }
      context.stop();
    }
    Files.delete(configuration);
    assertThat(names())
        .containsExactly(
            "daemon.log", "daemon.log.1", "daemon.log.2", "daemon.log.3", "daemon.log.4");
    for (String name : names()) {
      assertThat(Files.size(data.resolve(name))).as(name).isLessThan(16 << 10);
      assertThat(mode(data.resolve(name))).as(name).isEqualTo("rw-------");
    }
    assertThat(Files.readString(data.resolve("daemon.log"))).endsWith("start 1 line 1999\n");
  }
}
