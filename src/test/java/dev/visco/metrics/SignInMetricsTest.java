package dev.visco.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.UserId;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.store.SignInRows;
import dev.visco.store.SignInRows.SignInNote;
import dev.visco.store.SignInState;
import dev.visco.store.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignInMetricsTest {
  @TempDir private Path folder;

  private static SignInRow row(String user) {
    return new SignInRow(
        "signin-of-" + user,
        new UserId(user),
        "demo",
        "default",
        0,
        false,
        SignInState.STARTING,
        SignInHolder.USER,
        "admin",
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        1,
        1,
        1,
        100,
        null);
  }

  @Test
  void thoseThatAreUnderWayAreCountedByState() {
    try (Store store = Store.open(folder)) {
      var rows = new SignInRows(store, "local");
      SignInNote note = SignInNote.of("starting", "Its VM boots.");
      for (String user : new String[] {"alice", "bob", "carol"}) {
        rows.insert(row(user), others -> {}, note);
      }
      rows.change("signin-of-bob", now -> now.in(SignInState.WAITING), note, 5);
      rows.change("signin-of-carol", now -> now.endedIn(SignInState.FAILED, "why", 7), note, 8);
      assertThat(new SignInMetrics(rows).metrics())
          .extracting(metric -> metric.key() + " " + (long) metric.value())
          .containsExactly(
              "visco.sign.ins{state=starting} 1",
              "visco.sign.ins{state=waiting} 1",
              "visco.sign.ins{state=exchanging} 0",
              "visco.sign.ins{state=validating} 0",
              "visco.sign.ins{state=stored} 0");
    }
  }
}
