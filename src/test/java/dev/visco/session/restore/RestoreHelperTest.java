package dev.visco.session.restore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.session.GuestCommand;
import dev.visco.session.UnsupportedSession;
import dev.visco.session.restore.RestoreHelper.Refreshed;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program that guests are sent, on this host's kernel. Its clock is asked to be set to the
 * epoch, which means that it is left as it is.
 */
@Timeout(60)
class RestoreHelperTest {
  private static final InstantSource LEAVE_THE_CLOCK = InstantSource.fixed(Instant.EPOCH);
  @TempDir private Path folder;

  private Process program() throws IOException {
    Path file = folder.resolve("program");
    Files.write(file, RestoreHelper.program());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return new ProcessBuilder(file.toString()).start();
  }

  private static byte[] question(int bits) {
    byte[] seed = new byte[32];
    new SecureRandom().nextBytes(seed);
    return ByteBuffer.allocate(56)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0)
        .putLong(0)
        .putInt(bits)
        .putInt(seed.length)
        .put(seed)
        .array();
  }

  @Test
  void itAnswersEachQuestionAndEndsWithThem() throws Exception {
    Process process = program();
    Set<String> drawn = new HashSet<>();
    for (int round = 0; round < 3; round++) {
      process.getOutputStream().write(question(round == 0 ? 256 : 0));
      process.getOutputStream().flush();
      byte[] answer = process.getInputStream().readNBytes(48);
      drawn.add(Arrays.toString(Arrays.copyOf(answer, 16)));
      drawn.add(Arrays.toString(Arrays.copyOfRange(answer, 16, 32)));
      long seconds = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getLong(32);
      assertThat(Math.abs(seconds - Instant.now().getEpochSecond())).isLessThan(3);
    }
    assertThat(drawn).as("no two draws are the same").hasSize(6);
    process.getOutputStream().close();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aQuestionThatIsCutOffIsNone() throws Exception {
    Process process = program();
    process.getOutputStream().write(question(256), 0, 55);
    process.getOutputStream().close();
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void aTimeThatIsNoneIsSaid() throws Exception {
    Process process = program();
    byte[] wrong = question(0);
    ByteBuffer.wrap(wrong).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1).putLong(8, -1);
    process.getOutputStream().write(wrong);
    process.getOutputStream().close();
    assertThat(process.waitFor()).as("its clock could not be set").isEqualTo(4);
  }

  @Test
  void aGuestIsReseededAndNothingIsLeftInIt() throws Exception {
    Refreshed done =
        new RestoreHelper(LEAVE_THE_CLOCK, new SecureRandom())
            .refresh(new LocalShell(), Duration.ofSeconds(20));
    assertThat(done.before()).hasSize(16).isNotEqualTo(done.after());
    assertThat(done.clockError()).isLessThan(Duration.ofSeconds(20));
    for (String place :
        new String[] {"/run", "/tmp", "/var/tmp", System.getProperty("user.home"), "/dev/shm"}) {
      try (var files = Files.newDirectoryStream(Path.of(place), ".visco-restore.*")) {
        assertThat(files).as(place).isEmpty();
      }
    }
  }

  @Test
  void aNegativeCountOfBitsIsTheEnd() throws Exception {
    Process process = program();
    process.getOutputStream().write(question(-1));
    process.getOutputStream().flush();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("its input is open still").isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
  }

  @Test
  void whatComesNextGoesOnOnceNobodyWaitsForIt() throws Exception {
    Path said = folder.resolve("said");
    Path over = folder.resolve("over");
    String script =
        """
        head -c "$3" >"$1"
        echo done
        read -r rest
        mv "$1" "$2"
        """;
    Refreshed done =
        new RestoreHelper(LEAVE_THE_CLOCK, new SecureRandom())
            .refresh(
                new LocalShell(false),
                new RestoreHelper.Next(
                    script,
                    List.of(said.toString(), over.toString(), "5"),
                    "words".getBytes(UTF_8)),
                Duration.ofSeconds(20));
    assertThat(done.before()).hasSize(16).isNotEqualTo(done.after());
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(over));
    assertThat(over).hasContent("words");
  }

  @Test
  void whatComesNextAndFailsSaysWhy() {
    var helper = new RestoreHelper(LEAVE_THE_CLOCK, new SecureRandom());
    assertThatThrownBy(() ->
            helper.refresh(
                new LocalShell(),
                new RestoreHelper.Next(
                    "echo there is no room >&2; exit 1", List.of(), new byte[] {1}),
                Duration.ofSeconds(20)))
        .isInstanceOf(IOException.class)
        .hasMessage("in the guest: there is no room");
  }

  @Test
  void aGuestThatSaysNothingIsSaidToBeLate() {
    var silent =
        new UnsupportedSession() {
          @Override
          public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
              throws IOException {
            return new LocalShell().start(GuestCommand.of(List.of("sleep", "30")), output, error);
          }
        };
    assertThatThrownBy(() ->
            new RestoreHelper(LEAVE_THE_CLOCK, new SecureRandom())
                .refresh(silent, Duration.ofMillis(300)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("did not answer in time");
  }
}
