package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class NameQuestionTest {
  private static final NameQuestion QUESTION = new NameQuestion(0xbeef);

  private static byte[] answer(int id, int flags) {
    byte[] answer = QUESTION.bytes();
    answer[0] = (byte) (id >> 8);
    answer[1] = (byte) id;
    answer[2] = (byte) flags;
    return answer;
  }

  @Test
  void asksForTheRootsNameservers() {
    assertThat(QUESTION.bytes())
        .containsExactly(0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1);
    assertThat(QUESTION.framed()).startsWith(0, 17, 0xbe, 0xef).hasSize(19);
  }

  @Test
  void anyAnswerToItCountsAndNothingElse() {
    assertThat(QUESTION.isAnsweredBy(answer(0xbeef, 0x81), 17)).isTrue();
    assertThat(QUESTION.isAnsweredBy(answer(0xbeee, 0x81), 17)).as("another's").isFalse();
    assertThat(QUESTION.isAnsweredBy(answer(0xbeef, 0x01), 17)).as("a question").isFalse();
    assertThat(QUESTION.isAnsweredBy(answer(0xbeef, 0x81), 11)).as("cut off").isFalse();
  }

  @Test
  void aConnectionThatEndsFirstIsNoAnswer() throws IOException {
    byte[] framed = new byte[19];
    framed[1] = 17;
    System.arraycopy(answer(0xbeef, 0x81), 0, framed, 2, 17);
    assertThat(QUESTION.isAnsweredOn(new DataInputStream(new ByteArrayInputStream(framed))))
        .isTrue();
    Assertions.assertThatThrownBy(
            () -> QUESTION.isAnsweredOn(new DataInputStream(new ByteArrayInputStream(new byte[1]))))
        .isInstanceOf(EOFException.class);
  }
}
