package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CLibraryTest {
  private static final int ENOENT = 2;
  private static final int EBADF = 9;
  private static final int EINVAL = 22;

  @TempDir Path folder;

  @Test
  void aFailureHasTheNumberAndTheWordsOfTheCLibrary() {
    try (Arena arena = Arena.ofConfined()) {
      CLibrary.Failure failure =
          catchThrowableOfType(
              CLibrary.Failure.class,
              () -> CLibrary.open(arena, folder.resolve("none").toString(), CLibrary.O_CLOEXEC));
      assertThat(failure.errno()).isEqualTo(ENOENT);
      assertThat(failure).hasMessage("No such file or directory");
    }
    assertThat(catchThrowableOfType(CLibrary.Failure.class, () -> CLibrary.seek(-1, 0, 0)).errno())
        .isEqualTo(EBADF);
    assertThatThrownBy(() -> CLibrary.close(-1)).hasMessageContaining("Bad file descriptor");
  }

  @Test
  void aPlaceInAFileIsFoundAndTheEndIsToldByItsNumber() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "four");
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = CLibrary.open(arena, file.toString(), CLibrary.O_CLOEXEC);
      try {
        assertThat(CLibrary.seek(descriptor, 0, 2)).isEqualTo(4);
        int data = 3;
        CLibrary.Failure behind =
            catchThrowableOfType(CLibrary.Failure.class, () -> CLibrary.seek(descriptor, 4, data));
        assertThat(behind.errno()).isEqualTo(CLibrary.ENXIO);
      } finally {
        CLibrary.close(descriptor);
      }
    }
  }

  @Test
  void aTapThatCannotBeOpenedIsToldByItsNumber() {
    assertThatThrownBy(() -> TunDevice.tryTap("a-name-of-16-byte"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("longer than 15 bytes");
    if (Files.exists(Path.of("/dev/net/tun"))) {
      assertThat(TunDevice.tryTap("lo")).as("the loopback is no TAP").isEqualTo(EINVAL);
    } else {
      assertThat(TunDevice.tryTap("lo")).isEqualTo(ENOENT);
    }
  }

  /** In a process of its own: this one's debuggers are to go on. */
  @Test
  void aProcessMayForbidCoreFilesOfItself() throws Exception {
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutCores.class.getName())
            .redirectErrorStream(true)
            .start();
    assertThat(
            new String(
                child.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
        .endsWith("true false\n");
    assertThat(child.waitFor()).isZero();
  }

  /** Says whether a core file may be made of it, before and after it forbids that. */
  static final class WithoutCores {
    private WithoutCores() {}

    public static void main(String[] arguments) {
      boolean before = CLibrary.mayDumpCore();
      CLibrary.forbidCores();
      System.out.println(before + " " + CLibrary.mayDumpCore());
    }
  }
}
