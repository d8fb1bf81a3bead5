package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Caller;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever goes on after the last event it was given misses none. */
@ParameterizedClass
@EnumSource
class EventRowsTest {
  private final TestDatabase database;
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // Opened before each test.
  private TestDatabase.Opened store;

  @SuppressWarnings("NullAway.Init") // The same.
  private EventRows events;

  EventRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    events = new EventRows(store, "local");
    for (int one = 0; one < 5; one++) {
      events.add("note", null, "event", 7); // All of one millisecond.
    }
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  @Test
  void afterAnEventComeTheNextOnesOldestFirst() {
    assertThat(events.after(2, 1)).extracting(EventRow::id).containsExactly(2L, 3L);
    assertThat(events.after(9, 3)).extracting(EventRow::id).containsExactly(4L, 5L);
    assertThat(events.after(9, 5)).isEmpty();
    assertThat(events.before(2, Long.MAX_VALUE)).extracting(EventRow::id).containsExactly(5L, 4L);
    assertThat(events.before(9, 4)).extracting(EventRow::id).containsExactly(3L, 2L, 1L);
  }

  @Test
  void anIdIsNeverGivenAgainThoughAllRowsHaveGone() {
    store.write(sql -> sql.update("DELETE FROM events"));
    events.add("note", null, "later", 3);
    assertThat(events.after(9, 5)).extracting(EventRow::text).containsExactly("later");
    events.add("other", null, "and more", 2);
    assertThat(events.before(9, Long.MAX_VALUE))
        .extracting(EventRow::id)
        .isEqualTo(LongStream.of(7, 6).boxed().toList());
  }

  @Test
  void whatSomebodyAskedForNamesThem() throws Exception {
    var releases = new ReleaseRows(store, "local");
    var rollouts = new RolloutRows(store, "local");
    new Caller("admin", null).run(() -> releases.remove("none", "Nothing was removed.", 8));
    new Caller("admin", null)
        .run(() -> rollouts.forgive(rollouts.get(), "rollback-withheld", "It stays.", 8));
    rollouts.forgive(rollouts.get(), "rollback-withheld", "It stays.", 9);
    assertThat(events.before(2, Long.MAX_VALUE))
        .extracting(EventRow::text)
        .containsExactly("It stays.", "It stays. Asked for by admin.");
  }
}
