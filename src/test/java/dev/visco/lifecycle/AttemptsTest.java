package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  @Test
  void eachPieceIsTriedAndWhatFailedIsTold() {
    var done = new ArrayList<String>();
    var attempts = new Attempts();
    attempts.attempt("the first", () -> done.add("first"));
    attempts.attempt(
        "the second",
        () -> {
          throw new HostFault("nft is gone");
        });
    attempts.attempt("the third", () -> done.add("third"));
    attempts.add("a route that stays");
    assertThat(done).isEqualTo(List.of("first", "third"));
    assertThat(attempts.failures())
        .containsExactly("the second: nft is gone", "a route that stays");
  }
}
