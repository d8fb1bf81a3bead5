package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VmStateTest {
  private static final Path DOCUMENT = Path.of("docs/architecture.md");
  private static final String HEAD = "| from | to | by |";

  /** The lines of the table of states as they stand in the document. */
  private static List<String> documented() throws IOException {
    List<String> lines = Files.readAllLines(DOCUMENT);
    int begin = lines.indexOf(HEAD);
    assertThat(begin).as("%s has the line %s", DOCUMENT, HEAD).isNotNegative();
    return lines.subList(begin, lines.size()).stream()
        .takeWhile(line -> line.startsWith("|"))
        .toList();
  }

  /** A line for each step from state to state; by what it comes is the document's to say. */
  private static List<String> printed(List<String> documented) {
    Map<String, String> reasons = new HashMap<>();
    for (String line : documented.subList(2, documented.size())) {
      String[] cells = line.split("\\|", 4);
      reasons.put(cells[1] + "|" + cells[2], cells[3].strip());
    }
    var lines = new ArrayList<>(List.of(HEAD, "|---|---|---|"));
    for (VmState from : VmState.values()) {
      for (VmState to : from.next()) {
        String pair = " " + from.word() + " | " + to.word() + " ";
        lines.add("|" + pair + "| " + reasons.getOrDefault(pair, "(say by what) |"));
      }
    }
    return lines;
  }

  @Test
  void theDocumentsTableIsTheCodes() throws IOException {
    List<String> documented = documented();
    List<String> printed = printed(documented);
    assertThat(documented)
        .as("%s must have this table:\n%s\n", DOCUMENT, String.join("\n", printed))
        .isEqualTo(printed)
        .noneMatch(line -> line.contains("(say by what)"));
  }

  @ParameterizedTest
  @EnumSource(VmState.class)
  void everyVmCanBeDestroyedAndNoneComesBackFromThat(VmState state) {
    boolean isGoing = state == VmState.DESTROYING || state == VmState.DESTROYED;
    assertThat(state.mayBecome(VmState.DESTROYING)).isEqualTo(state != VmState.DESTROYED);
    // A suspended VM's memory would not be that of its disk after a restore.
    boolean isRestorable =
        !isGoing
            && state != VmState.STARTING
            && state != VmState.STOPPING
            && !state.hasSavedMemory()
            && state != VmState.ARCHIVED; // Nor is its disk there as it was.
    assertThat(state.mayBecome(VmState.CREATING)).isEqualTo(isRestorable);
    assertThat(state.mayBecome(state)).isTrue();
  }

  @Test
  void aVmThatNeverCameUpIsNeverReadyWithoutAnotherBoot() {
    assertThat(VmState.FAILED.mayBecome(VmState.READY)).isFalse();
    assertThat(VmState.STOPPED.mayBecome(VmState.READY)).isFalse();
    assertThat(VmState.STOPPED.mayBecome(VmState.PAUSED)).isFalse();
  }

  @Test
  void desiredStatesHaveTheWordsOfEarlierRows() {
    assertThat(Arrays.stream(DesiredState.values()).map(DesiredState::word))
        .containsExactly("exist", "stop", "destroy");
    assertThat(DesiredState.of("destroy")).isEqualTo(DesiredState.DESTROY);
    assertThatThrownBy(() -> DesiredState.of("rest")).hasMessage("no desired state: rest");
  }
}
