package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class StepNameTest {
  /** Rows of earlier versions have these words. */
  @Test
  void wordsStandInRowsAndAreNeverChanged() {
    assertThat(Arrays.stream(StepName.values()).map(StepName::word))
        .containsExactly("open-network", "prepare-disk", "launch-machine", "verify-boot");
    for (StepName step : StepName.values()) {
      assertThat(StepName.find(step.word())).contains(step);
    }
    assertThat(StepName.find("step-of-a-newer-visco")).isEmpty();
  }

  @Test
  void eachIsFollowedByTheNextOneAndTheLastByNone() {
    assertThat(StepName.first()).isEqualTo(StepName.OPEN_NETWORK);
    assertThat(StepName.first().next()).contains(StepName.PREPARE_DISK);
    assertThat(StepName.LAUNCH_MACHINE.next()).contains(StepName.last());
    assertThat(StepName.last().next()).isEmpty();
  }

  @Test
  void theBootBeginsWithTheMachine() {
    assertThat(Arrays.stream(StepName.values()).filter(StepName::isBoot))
        .containsExactly(StepName.LAUNCH_MACHINE, StepName.VERIFY_BOOT);
  }
}
