package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorModelTest {
  @Test
  void isWhatTheFirstProcessorCallsItself() {
    assertThat(
            ProcessorModel.in(
                "processor\t: 0\nmodel\t\t: 85\nmodel name\t: A Processor @ 2.50GHz \nflags\t: a\n"
                    + "model name\t: Another\n"))
        .isEqualTo("A Processor @ 2.50GHz");
    assertThat(ProcessorModel.in("processor\t: 0\nBogoMIPS\t: 50\n")).isNull();
  }
}
