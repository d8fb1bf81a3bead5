package dev.visco.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.verify.DeadEnd.BootStand;
import dev.visco.verify.DeadEnd.Reach;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Consoles of real guests: which of them will come to nothing, and which may yet. */
class DeadEndTest {
  private static final Path FOREIGN = Path.of("src/test/resources/foreign");
  private static final Path OWN = Path.of("src/test/resources/consoles");

  private static String console(Path folder, String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  /** A guest that said its last word ten seconds after its launch. */
  private static Optional<String> end(String console, int silentSeconds, Reach reach) {
    Duration silent = Duration.ofSeconds(silentSeconds);
    return DeadEnd.of(new BootStand(console, silent.plusSeconds(10), silent, silent, reach));
  }

  @ParameterizedTest
  @CsvSource({
    "busybox-no-device, its initramfs has opened a shell",
    "busybox-wrong-root, its initramfs has opened a shell",
    "busybox-no-file-system, its initramfs has opened a shell",
    "busybox-module-order, its initramfs has opened a shell",
    "tools-fstab-device-absent, waits at its console for somebody to sign in",
    "tools-emergency, waits at its console for somebody to sign in",
    "tools-root-absent-shell, has halted",
    "busybox-no-interface, no network interface of the name"
  })
  void aPromptThatNobodyTypesAtIsTheEnd(String name, String why) throws IOException {
    String console = console(FOREIGN, name);
    assertThat(end(console, 5, Reach.NOTHING).orElse(""))
        .contains(why.replace("its initramfs", "initramfs"));
    assertThat(end(console, 1, Reach.NOTHING)).as("it has just spoken").isEmpty();
  }

  @Test
  void aKernelThatWaitsForItsRootForEverIsAtItsEnd() throws IOException {
    assertThat(end(console(OWN, "no-initrd-rootwait"), 5, Reach.NOTHING).orElse(""))
        .contains("waits without a deadline for its root");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tools-sshd-off", "tools-sshd-config-wrong", "dracut-sshd-off"})
  void aServiceThatIsRefusedForThreeTimesTheStartWillNotCome(String name) throws IOException {
    String console = console(FOREIGN, name);
    assertThat(end(console, 19, Reach.REFUSED)).isEmpty();
    assertThat(end(console, 20, Reach.REFUSED).orElse(""))
        .contains("refuses its sshd's port for three times as long as its start took");
    assertThat(end(console, 29, Reach.NOTHING)).isEmpty();
    assertThat(end(console, 30, Reach.NOTHING).orElse("")).contains("does not answer");
    assertThat(end(console, 300, Reach.OTHER)).as("a sign-in that fails may succeed").isEmpty();
    var slow =
        new BootStand(
            console,
            Duration.ofSeconds(150),
            Duration.ofSeconds(90),
            Duration.ofSeconds(90),
            Reach.REFUSED);
    assertThat(DeadEnd.of(slow)).as("its start took a minute").isEmpty();
    var working =
        new BootStand(
            console,
            Duration.ofSeconds(150),
            Duration.ofSeconds(140),
            Duration.ofSeconds(3),
            Reach.REFUSED);
    assertThat(DeadEnd.of(working)).as("its machine computes").isEmpty();
  }

  /** At no line of a start that succeeds is a guest given up that has been silent for a while. */
  @ParameterizedTest
  @CsvSource({
    "consoles, healthy-mmio",
    "consoles, healthy-pci",
    "foreign, tools-healthy",
    "foreign, dracut-healthy",
    "foreign, busybox-healthy"
  })
  void aGuestThatWorksIsNotGivenUpOnItsWay(String folder, String name) throws IOException {
    List<String> lines =
        console(Path.of("src/test/resources").resolve(folder), name).lines().toList();
    for (int count = 0; count <= lines.size(); count += 1 + count / 40) {
      String console = String.join("\n", lines.subList(0, count));
      for (Reach reach : Reach.values()) {
        assertThat(end(console, 8, reach)).as(name + " after " + count + " lines").isEmpty();
      }
    }
  }

  @Test
  void aGuestWhoseStartIsNotSeenIsWaitedFor() {
    String quiet = "[    0.0] Linux version 6.1\n";
    assertThat(end(quiet, 100, Reach.NOTHING)).isEmpty();
    assertThat(end(quiet, 100, Reach.REFUSED)).isEmpty();
    assertThat(end("", 100, Reach.NOTHING)).isEmpty();
  }

  @Test
  void anSshdThatListensEndsTheStartWhicheverInitItHas() {
    String quiet = "[    0.0] Linux version 6.1\n";
    String openSsh = quiet + "Server listening on 0.0.0.0 port 22.\n";
    String dropbear = quiet + "[101] Nov 26 21:02:15 Not backgrounding\n";
    assertThat(end(openSsh, 100, Reach.NOTHING)).isPresent();
    assertThat(end(dropbear, 100, Reach.NOTHING)).isPresent();
    assertThat(end(openSsh, 5, Reach.NOTHING)).isEmpty();
  }
}
