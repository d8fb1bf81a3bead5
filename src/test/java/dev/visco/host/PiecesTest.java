package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class PiecesTest {
  @Test
  void eachByteIsInOnePiece() throws IOException {
    for (int bytes : new int[] {0, 1, 9, 10, 11, 1003}) {
      var seen = new AtomicIntegerArray(bytes + 1);
      Pieces.each(
          bytes,
          10,
          (start, end) -> {
            for (long at = start; at < end; at++) {
              seen.incrementAndGet((int) at);
            }
          });
      for (int at = 0; at < bytes; at++) {
        assertThat(seen.get(at)).as("%d of %d", at, bytes).isEqualTo(1);
      }
      assertThat(seen.get(bytes)).isZero();
    }
  }

  @Test
  void whatOneThrowsIsThrown() {
    assertThatThrownBy(() ->
            Pieces.each(
                100,
                10,
                (start, end) -> {
                  if (start == 70) {
                    throw new IOException("the disk is full");
                  }
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("the disk is full");
  }
}
