package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.compatible.Recordings.Recording;
import dev.visco.compatible.Recordings.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What only a process of its own can show, without a guest: signals, and a few exit codes as the
 * parent sees them. The newest release, or all of them with {@code -Dvisco.all=true}.
 */
class ProcessReplayTest {
  private static final Set<String> EXITS =
      Set.of("cli-id-65", "cli-version", "cli-twice", "cli-stale-socket", "cli-level-bad");

  @TempDir private Path temporary;

  @TestFactory
  List<DynamicTest> everyStepAgreesOrIsListed() {
    return Recordings.tests(ProcessReplayTest::isMeant, this::replay);
  }

  private static boolean isMeant(Scenario scenario) {
    boolean signal = ReplayTest.isAboutTheProcess(scenario);
    return EXITS.contains(scenario.name()) || (signal && !ReplayTest.startsGuest(scenario));
  }

  private void replay(Recording recording, Scenario scenario, Deviations deviations)
      throws Exception {
    Path folder = Files.createTempDirectory(temporary, "p");
    Set<Integer> listed = deviations.steps(recording, scenario);
    try (var replay =
        new Replay(
            recording,
            scenario,
            folder,
            ProbeKernel.bytes(),
            listed,
            arguments -> new RealProcess(folder, arguments))) {
      Map<Integer, String> found = replay.run();
      assertThat(found.keySet()).as("steps that disagree: %s", found).isEqualTo(listed);
    }
  }
}
