package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MachineWorkTest {
  @Test
  void aMachineThatUsesAFifthOfAProcessorIsAtWork() {
    var work = new MachineWork(1000);
    work.sample(1000, Duration.ofMillis(100));
    work.sample(2000, Duration.ofMillis(900));
    assertThat(work.last()).as("too close to the sample before").isEqualTo(1000);
    work.sample(4000, Duration.ofMillis(800));
    assertThat(work.last()).isEqualTo(4000);
    work.sample(7000, Duration.ofMillis(1300));
    assertThat(work.last()).as("it waits").isEqualTo(4000);
    work.sample(9000, null);
    work.sample(12_000, Duration.ofMillis(2300));
    assertThat(work.last()).isEqualTo(12_000);
  }
}
