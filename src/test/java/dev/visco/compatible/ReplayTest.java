package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.visco.compatible.Recordings.Recording;
import dev.visco.compatible.Recordings.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every recorded request, asked again: of each release and transport, a test for each scenario, and
 * one that counts. What disagrees is listed in the document, and nothing else is.
 */
class ReplayTest {
  /** Of the steps of each release and transport, by issue. */
  private static final double MIN = 0.97;

  @TempDir private Path temporary;

  @TestFactory
  List<DynamicNode> everyStepAgreesOrIsListed() {
    var deviations = Deviations.read();
    var nodes = new ArrayList<DynamicNode>();
    for (Recording recording : Recordings.all()) {
      nodes.add(dynamicContainer(recording.name(), tests(recording, deviations)));
    }
    return nodes;
  }

  private List<DynamicNode> tests(Recording recording, Deviations deviations) {
    var tests = new ArrayList<DynamicNode>();
    for (Scenario scenario : recording.scenarios()) {
      if (!isAboutTheProcess(scenario)) {
        tests.add(
            dynamicTest(
                scenario.name(),
                () -> {
                  Set<Integer> listed = deviations.steps(recording, scenario);
                  Map<Integer, String> found = replay(recording, scenario, listed);
                  assertThat(found.keySet()).as("steps that disagree: %s", found).isEqualTo(listed);
                }));
      }
    }
    tests.add(dynamicTest("(enough of them agree)", () -> count(recording, deviations)));
    return tests;
  }

  private static void count(Recording recording, Deviations deviations) {
    int steps = recording.scenarios().stream().mapToInt(each -> each.steps().size()).sum();
    int listed =
        recording.scenarios().stream()
            .mapToInt(each -> deviations.steps(recording, each).size())
            .sum();
    assertThat(Deviations.counted())
        .as("the document's table")
        .containsEntry(recording.name(), "%d | %d".formatted(steps, steps - listed));
    assertThat((steps - listed) / (double) steps).isGreaterThanOrEqualTo(MIN);
  }

  /** Signals need a process of their own. */
  static boolean isAboutTheProcess(Scenario scenario) {
    return scenario.steps().stream().anyMatch(step -> step.has("signal"));
  }

  /** Whether it gets as far as a guest. */
  static boolean startsGuest(Scenario scenario) {
    String text = scenario.json().toString();
    return text.contains("InstanceStart") || text.contains("--config-file");
  }

  private Map<Integer, String> replay(Recording recording, Scenario scenario, Set<Integer> listed)
      throws IOException {
    Path folder = Files.createTempDirectory(temporary, "r");
    try (var replay =
        new Replay(
            recording, scenario, folder, ProbeKernel.bytes(), listed, InProcess::beforeFake)) {
      return replay.run();
    }
  }
}
