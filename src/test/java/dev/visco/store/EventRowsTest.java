package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Caller;
import dev.visco.store.EventRows.EventQuery;
import java.nio.file.Path;
import java.util.List;
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
      events.add(EventKind.NOTE, null, "event", 7); // All of one millisecond.
    }
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  @Test
  void afterAnEventComeTheNextOnesOldestFirst() {
    assertThat(events.after(EventQuery.ALL, 2, 1)).extracting(EventRow::id).containsExactly(2L, 3L);
    assertThat(events.after(EventQuery.ALL, 9, 3)).extracting(EventRow::id).containsExactly(4L, 5L);
    assertThat(events.after(EventQuery.ALL, 9, 5)).isEmpty();
    assertThat(events.before(EventQuery.ALL, 2, Long.MAX_VALUE))
        .extracting(EventRow::id)
        .containsExactly(5L, 4L);
    assertThat(events.before(EventQuery.ALL, 9, 4))
        .extracting(EventRow::id)
        .containsExactly(3L, 2L, 1L);
  }

  @Test
  void anIdIsNeverGivenAgainThoughAllRowsHaveGone() {
    store.write(sql -> sql.update("DELETE FROM events"));
    events.add(EventKind.NOTE, null, "later", 3);
    assertThat(events.after(EventQuery.ALL, 9, 5))
        .extracting(EventRow::text)
        .containsExactly("later");
    events.add(EventKind.DISK_ROOM, null, "and more", 2);
    assertThat(events.before(EventQuery.ALL, 9, Long.MAX_VALUE))
        .extracting(EventRow::id)
        .isEqualTo(LongStream.of(7, 6).boxed().toList());
  }

  @Test
  void whatSomebodyAskedForNamesThem() throws Exception {
    var releases = new ReleaseRows(store, "local");
    var rollouts = new RolloutRows(store, "local");
    new Caller("admin", null, null).run(() -> releases.remove("none", "Nothing was removed.", 8));
    new Caller("admin", null, null)
        .run(() -> rollouts.forgive(rollouts.get(), EventKind.ROLLBACK_WITHHELD, "It stays.", 8));
    rollouts.forgive(rollouts.get(), EventKind.ROLLBACK_WITHHELD, "It stays.", 9);
    assertThat(events.before(EventQuery.ALL, 2, Long.MAX_VALUE))
        .extracting(event -> event.text() + " " + event.caller())
        .containsExactly("It stays. null", "It stays. admin");
  }

  @Test
  void filtersAreOfOneQuery() {
    events.add(NewEvent.of(EventKind.VM_READY, "one").vm("vm-1").owner("anna").because("so"), 100);
    events.add(NewEvent.of(EventKind.VM_FAILED, "two").vm("vm-1").owner("anna"), 200);
    events.add(NewEvent.of(EventKind.VM_READY, "three").vm("vm-2").owner("bert"), 300);
    assertThat(texts(new EventQuery("vm-1", null, List.of(), 0))).containsExactly("one", "two");
    assertThat(texts(new EventQuery(null, "bert", List.of(), 0))).containsExactly("three");
    assertThat(texts(new EventQuery(null, null, List.of(EventKind.VM_READY), 101)))
        .containsExactly("three");
    assertThat(texts(new EventQuery("vm-2", "anna", List.of(), 0))).isEmpty();
    assertThat(new EventRows(store, "elsewhere").after(EventQuery.ALL, 9, 0)).isEmpty();
    EventRow first = events.after(EventQuery.ALL, 9, 5).getFirst();
    assertThat(first.reason()).isEqualTo("so");
    assertThat(first.owner()).isEqualTo("anna");
    assertThat(events.newest()).isEqualTo(8);
  }

  private List<String> texts(EventQuery query) {
    return events.after(query, 9, 0).stream().map(EventRow::text).toList();
  }

  /** An event and the change that it tells of are one: neither is there without the other. */
  @Test
  void aChangeThatIsRolledBackHasNoEvent() {
    var users = new UserRows(store, "local");
    assertThatThrownBy(() ->
            store.write(sql -> {
              UserRows.getOrAdd(sql, "local", "anna", 3);
              throw new IllegalStateException("later");
            }))
        .hasMessage("later");
    assertThat(users.page(9, "")).isEmpty();
    assertThat(events.after(EventQuery.ALL, 9, 5)).isEmpty();
    store.write(sql -> UserRows.getOrAdd(sql, "local", "anna", 3));
    store.write(sql -> UserRows.getOrAdd(sql, "local", "anna", 4));
    assertThat(events.after(EventQuery.ALL, 9, 5))
        .extracting(EventRow::kind)
        .containsExactly("user-created");
  }
}
