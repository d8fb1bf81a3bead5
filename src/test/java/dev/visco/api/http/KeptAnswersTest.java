package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.KeptAnswers.Kept;
import org.junit.jupiter.api.Test;

class KeptAnswersTest {
  private static Kept answer(long version, int bytes) {
    return new Kept(version, new byte[bytes], null);
  }

  @Test
  void oneOfAnotherVersionIsNone() {
    var answers = new KeptAnswers(1000);
    answers.keep("a", answer(7, 10));
    assertThat(answers.find("a", 7)).isPresent();
    assertThat(answers.find("a", 8)).isEmpty();
    assertThat(answers.find("b", 7)).isEmpty();
    answers.keep("a", answer(8, 10));
    assertThat(answers.find("a", 8)).isPresent();
    assertThat(answers.count()).isEqualTo(1);
  }

  @Test
  void theOneThatWasAskedForLongestAgoGoesFirst() {
    var answers = new KeptAnswers(1000);
    for (String name : new String[] {"a", "b", "c", "d"}) {
      answers.keep(name, answer(1, 240));
    }
    assertThat(answers.find("a", 1)).isPresent();
    answers.keep("e", answer(1, 240));
    assertThat(answers.find("b", 1)).isEmpty();
    assertThat(answers.find("a", 1)).isPresent();
    assertThat(answers.count()).isEqualTo(4);
  }

  @Test
  void oneThatIsTooLargeIsNotKeptAndTheOldOneGoes() {
    var answers = new KeptAnswers(1000);
    answers.keep("a", answer(1, 10));
    answers.keep("a", answer(2, 251));
    assertThat(answers.count()).isZero();
    for (int at = 0; at < 10_000; at++) {
      answers.keep("a", answer(at, 100));
    }
    assertThat(answers.count()).as("what goes is subtracted").isEqualTo(1);
  }
}
