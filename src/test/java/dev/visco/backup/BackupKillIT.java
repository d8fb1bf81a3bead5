package dev.visco.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real program is killed at random ones of the system calls by which a backup and a restore
 * change files (strace(1), {@code inject}), 20 times each.
 */
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class BackupKillIT {
  private static final int KILLS = 20;
  private static final String CALLS =
      "rename,link,unlink,unlinkat,rmdir,mkdir,fsync,fdatasync,ftruncate,chmod,chown,pwrite64";
  private static final Pattern CALL = Pattern.compile("^\\d+\\s+([a-z0-9]+)\\(");

  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private final Random random = new Random(20261126);
  private SampleHost sample;

  private final Backup.Pausing nobodyRuns =
      new Backup.Pausing() {
        @Override
        public void pause(VmId vm) {
          throw new IllegalStateException(vm + " does not run");
        }

        @Override
        public void resume(VmId vm) {
          throw new IllegalStateException(vm + " was not paused");
        }
      };

  @BeforeEach
  void begin() throws IOException {
    assumeTrue(
        host.run(Command.of("sh", "-c", "command -v strace")).succeeded(),
        "strace is not installed (apt-get install strace)");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    sample = new SampleHost(folder).make();
  }

  /** Runs the program under strace. */
  private CommandResult run(Path data, Path configuration, List<String> strace, String command) {
    var words = new ArrayList<>(List.of("strace", "-f", "-qqq"));
    words.addAll(strace);
    words.add(ProcessHandle.current().info().command().orElseThrow());
    words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    words.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-jar"));
    words.add(Path.of("target/visco.jar").toAbsolutePath().toString());
    words.addAll(List.of(command, sample.file().toString()));
    if (command.equals("backup")) {
      words.add("--all-users");
    }
    return host.run(
        Command.of(words)
            .withEnvironment(
                Map.of(
                    "VISCO_DATA", data.toString(),
                    "VISCO_CONFIG", configuration.toString(),
                    "VISCO_HOME", Path.of("").toAbsolutePath().toString())));
  }

  /** Every call of one undisturbed run, in order. */
  private List<String> calls(Path data, Path configuration, String command) throws IOException {
    Path trace = Files.createTempFile("visco-trace", "");
    CommandResult result =
        run(data, configuration, List.of("-o", trace.toString(), "-e", "trace=" + CALLS), command);
    assertThat(result.exitCode()).as(result.error()).isZero();
    try (var lines = Files.lines(trace)) {
      return lines
          .map(CALL::matcher)
          .filter(matcher -> matcher.find())
          .map(matcher -> matcher.group(1))
          .toList();
    } finally {
      Files.delete(trace);
    }
  }

  /** A random one of all calls, by its name and its number among those of this name. */
  private List<String> killed(List<String> calls) {
    int at = random.nextInt(calls.size());
    String call = calls.get(at);
    long number = calls.subList(0, at + 1).stream().filter(call::equals).count();
    return List.of(
        "-o",
        "/dev/null",
        "-e",
        "trace=" + call,
        "-e",
        "inject=" + call + ":signal=KILL:when=" + number);
  }

  @Test
  void aBackupThatIsKilledAtAnyCall() throws IOException {
    List<String> calls = calls(sample.data(), sample.configuration(), "backup");
    int whole = 0;
    for (int round = 0; round < KILLS; round++) {
      Files.deleteIfExists(sample.file());
      List<String> kill = killed(calls);
      CommandResult ended = run(sample.data(), sample.configuration(), kill, "backup");
      whole += ended.exitCode() == 0 ? 1 : 0;
      sample.assertBackedUpAnew(nobodyRuns, kill.getLast() + ": " + ended);
      DurableFiles.deleteTree(sample.target());
      DurableFiles.deleteTree(sample.targetConfiguration());
    }
    assertThat(whole).as("most of them were killed").isLessThan(KILLS / 2);
  }

  @Test
  void aRestoreThatIsKilledAtAnyCall() throws IOException {
    sample.write(user -> true);
    List<String> calls = calls(sample.target(), sample.targetConfiguration(), "restore");
    int whole = 0;
    for (int round = 0; round < KILLS; round++) {
      DurableFiles.deleteTree(sample.target());
      DurableFiles.deleteTree(sample.targetConfiguration());
      List<String> kill = killed(calls);
      String where = "round " + round + ": " + kill.getLast();
      if (run(sample.target(), sample.targetConfiguration(), kill, "restore").exitCode() == 0) {
        whole++;
      } else {
        putBackAgain(where);
      }
      sample.assertRestored(where);
    }
    assertThat(whole).as("most of them were killed").isLessThan(KILLS / 2);
  }

  /** Refused only where all of it counts already. */
  private void putBackAgain(String where) {
    boolean counts =
        Files.exists(sample.target().resolve("visco.db"))
            && !Files.exists(sample.target().resolve("restore"));
    try {
      sample.restore().from(sample.file());
      assertThat(counts).as(where).isFalse();
    } catch (Refused e) {
      assertThat(counts).as(where + ": " + e.getMessage()).isTrue();
    }
  }
}
