package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.compatible.Recordings.Recording;
import dev.visco.compatible.Recordings.Scenario;
import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.vmm.ProbeGuest;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The recorded scenarios that have a guest, before real guests of QEMU: of the newest release, or
 * of all with {@code -Dvisco.all=true}. What disagrees is what disagrees before the fake one.
 */
class ReplayIT {
  private static final LinuxHost HOST = new LinuxHost();

  @TempDir private Path temporary;

  @BeforeAll
  static void makeTaps() {
    taps("add");
  }

  @AfterAll
  static void removeTaps() {
    taps("del");
  }

  private static void taps(String what) {
    HOST.check(
        Command.of("ip", "-batch", "-")
            .withInput("tuntap %1$s tap0 mode tap\ntuntap %1$s tap1 mode tap\n".formatted(what)));
  }

  @TestFactory
  List<DynamicTest> everyStepAgreesOrIsListed() {
    return Recordings.tests(ReplayTest::startsGuest, this::replay);
  }

  private void replay(Recording recording, Scenario scenario, Deviations deviations)
      throws Exception {
    Path folder = Files.createTempDirectory(temporary, "r");
    byte[] kernel = Files.readAllBytes(ProbeGuest.forQemu(folder.resolve("probe")));
    Set<Integer> listed = deviations.steps(recording, scenario);
    try (var replay =
        new Replay(
            recording,
            scenario,
            folder,
            kernel,
            listed,
            arguments -> start(folder, arguments, scenario))) {
      Map<Integer, String> found = replay.run();
      assertThat(found.keySet())
          .as(() -> "steps that disagree: %s\n%s".formatted(found, log(folder)))
          .isEqualTo(listed);
    }
    assertThat(HOST.processes())
        .noneMatch(one -> String.join(" ", one.arguments()).contains(folder.toString()));
  }

  private static String log(Path folder) {
    try {
      return Files.readString(folder.resolve("fc.log"));
    } catch (IOException e) {
      return "without a log: " + e;
    }
  }

  private static PlayedProcess start(Path folder, List<String> arguments, Scenario scenario) {
    if (ReplayTest.isAboutTheProcess(scenario)) {
      return new RealProcess(folder, arguments);
    }
    try {
      Path input = folder.resolve("stdin");
      Files.deleteIfExists(input);
      HOST.check(Command.of("mkfifo", input.toString()));
      // Open both ways, so that nobody waits for the other end (fifo(7)).
      var typed = new RandomAccessFile(input.toFile(), "rw");
      Path output = folder.resolve("stdout");
      OutputStream out = new FileOutputStream(output.toFile(), true);
      return new InProcess(
          arguments,
          new ProcessContext(
              out,
              OutputStream.nullOutputStream(),
              new QemuHypervisor(Redirect.from(input.toFile()), Redirect.appendTo(output.toFile())),
              new HostTaps()),
          typed::writeBytes,
          () -> Files.readString(output));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
