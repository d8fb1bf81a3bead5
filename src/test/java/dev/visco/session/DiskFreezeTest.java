package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guest's side in a shell here, with a program in the place of fsfreeze that only says so. */
class DiskFreezeTest {
  private static final String MOUNTS =
      """
      proc /proc proc rw,nosuid 0 0
      /dev/vda1 / ext4 rw,relatime,errors=remount-ro 0 0
      tmpfs /run tmpfs rw 0 0
      /dev/vda15 /boot/efi vfat rw 0 0
      /dev/vdb / iso9660 ro 0 0
      /dev/vdc /data\\040of\\040all xfs rw,relatime 0 0
      /dev/vdc /again xfs rw,relatime 0 0
      /dev/vdd /read ext4 ro,relatime 0 0
      """;

  @TempDir private Path folder;
  private Path programs;
  private Path log;
  private String limit = "60";
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void programs() throws IOException {
    programs = Files.createDirectories(folder.resolve("bin"));
    log = Files.createFile(folder.resolve("log"));
    program("sync", "exit 0");
    Files.createSymbolicLink(programs.resolve("sleep"), Path.of("/bin/sleep"));
    program("fsfreeze", "echo \"$*\" >>" + log);
    Files.writeString(folder.resolve("mounts"), MOUNTS);
  }

  private void program(String name, String text) throws IOException {
    Path program = programs.resolve(name);
    Files.writeString(program, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  /** Its input has ended, so it thaws and ends; until then it may write to the log. */
  @AfterEach
  void end() {
    assertThat(processes)
        .allSatisfy(process -> assertThat(process.onExit()).succeedsWithin(Duration.ofSeconds(20)));
  }

  /** Runs the script with another table of mounts and without the host's programs. */
  private final class Shell extends UnsupportedSession {
    @Override
    public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error) {
      var words = new ArrayList<>(command.arguments());
      assertThat(words.getLast()).isEqualTo("10");
      words.set(words.size() - 1, limit);
      words.set(0, "/bin/sh");
      words.set(2, words.get(2).replace("/proc/mounts", folder.resolve("mounts").toString()));
      var builder = new ProcessBuilder(words);
      builder.environment().clear();
      builder.environment().putAll(Map.of("PATH", programs.toString()));
      Process process = started(builder);
      processes.add(process);
      Thread.ofVirtual().start(() -> copy(process.getInputStream(), output));
      Thread.ofVirtual()
          .start(() -> copy(process.getErrorStream(), OutputStream.nullOutputStream()));
      return new Local(process);
    }

    private static Process started(ProcessBuilder builder) {
      try {
        return builder.start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void copy(InputStream from, OutputStream to) {
      try (from) {
        from.transferTo(to);
      } catch (IOException e) {
        // It has ended.
      }
    }
  }

  private record Local(Process process) implements GuestSession.GuestProcess {
    @Override
    public OutputStream input() {
      return process.getOutputStream();
    }

    @Override
    public void signal(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void resize(int columns, int rows) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int waitFor() throws InterruptedException {
      return process.waitFor();
    }

    @Override
    public void close() {
      // What hangs up is the channel; the process sees the end of its input.
    }
  }

  private List<String> said() throws IOException {
    return Files.readAllLines(log);
  }

  private static final List<String> FROZEN = List.of("-f /data of all", "-f /");
  private static final List<String> ALL =
      List.of("-f /data of all", "-f /", "-u /data of all", "-u /");

  @Test
  void whatCanBeWrittenToIsFrozenTheLastMountedFirstAndThawed() throws IOException {
    try (var freeze = DiskFreeze.begin(new Shell())) {
      assertThat(freeze.isFrozen()).isTrue();
      assertThat(said()).isEqualTo(FROZEN);
      assertThat(freeze.isStill()).isTrue();
      freeze.thaw();
      assertThat(said()).isEqualTo(ALL);
    }
  }

  @Test
  void aWatchdogThawsThemWhateverBecomesOfWhoAsked() throws IOException {
    limit = "1";
    try (var freeze = DiskFreeze.begin(new Shell())) {
      assertThat(freeze.isFrozen()).isTrue();
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> said().equals(ALL));
      assertThat(freeze.isStill()).as("it would be a copy of no moment").isFalse();
    }
  }

  @Test
  void aConnectionThatEndsThawsThemAtOnce() throws Exception {
    DiskFreeze.begin(new Shell()).close();
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> said().equals(ALL));
    assertThat(processes.getFirst().waitFor()).isZero();
  }

  @Test
  void aGuestWithoutTheProgramWritesWhatItHas() throws IOException {
    Files.delete(programs.resolve("fsfreeze"));
    try (var freeze = DiskFreeze.begin(new Shell())) {
      assertThat(freeze.isFrozen()).isFalse();
      assertThat(freeze.isStill()).isFalse();
      freeze.thaw();
    }
  }

  @Test
  void whereOneCannotBeFrozenAllAreThawed() throws IOException {
    program("fsfreeze", "echo \"$*\" >>" + log + "; [ \"$*\" != '-f /' ]");
    try (var freeze = DiskFreeze.begin(new Shell())) {
      assertThat(freeze.isFrozen()).isFalse();
      assertThat(said()).isEqualTo(ALL);
    }
  }
}
