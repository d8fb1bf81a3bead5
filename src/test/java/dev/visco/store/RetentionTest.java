package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.visco.model.VmId;
import dev.visco.store.EventRows.EventQuery;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class RetentionTest {
  private final TestDatabase database;
  @TempDir private Path folder;
  private TestDatabase.Opened store;
  private Retention retention;

  RetentionTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    retention = new Retention(store, "local");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
    if (database == TestDatabase.SQLITE) {
      try (var again = Store.open(folder)) {
        assertThat(again.findings()).as("nothing looks damaged afterwards").isEmpty();
      }
    }
  }

  @Test
  void destroyedVmsGoAfterTheirTimeAndOthersStay() {
    var rows = new VmRows(store, "local");
    for (int number = 0; number < 450; number++) {
      var id = new VmId("vm-%08x".formatted(number));
      rows.insert(
          new NewVm(id, "anna", "{}", "image", 256, "first", null, "digest", 7, null), usage -> {});
    }
    store.write(sql -> sql.update("UPDATE vms SET state = 'destroyed', changed = 100"));
    store.write(sql -> sql.update("UPDATE vms SET state = 'failed' WHERE id = 'vm-00000001'"));
    store.write(sql -> sql.update("UPDATE vms SET changed = 200 WHERE id = 'vm-00000002'"));
    assertThat(retention.removeDestroyedVms(100)).isZero();
    assertThat(retention.removeDestroyedVms(101)).isEqualTo(448);
    assertThat(rows.list(true))
        .extracting(row -> row.id().value())
        .containsExactlyInAnyOrder("vm-00000001", "vm-00000002");
    if (database == TestDatabase.SQLITE) { // Nothing counts the changes of files elsewhere.
      assertThat(store.one("SELECT COUNT(*) FROM sums WHERE name LIKE 'vm-%'")).isEqualTo("2");
    }
  }

  @Test
  void eventsGoAfterTheirTimeButTheirIdsAndCountsDoNot() {
    var events = new EventRows(store, "local");
    for (int number = 0; number < 450; number++) {
      events.add(EventKind.RELEASE_USED, null, "text", 100);
    }
    assertThat(retention.removeEvents(101)).isEqualTo(449);
    events.add(EventKind.RELEASE_USED, null, "text", 300);
    assertThat(events.before(EventQuery.ALL, 10, Long.MAX_VALUE))
        .extracting(EventRow::id)
        .containsExactly(451L, 450L);
    assertThat(events.counts()).containsEntry("release-used", 451L);
  }

  @Test
  void theAuditGoesAfterItsTime() {
    var audit = new AuditRows(store, "local");
    for (int number = 0; number < 450; number++) {
      audit.begin(
          new AuditRow(
              0,
              number < 300 ? 100 : 200,
              "root",
              null,
              null,
              "::1",
              "POST",
              "/r",
              "/p",
              null,
              null));
    }
    assertThat(retention.removeAudit(100)).isZero();
    assertThat(retention.removeAudit(101)).isEqualTo(300);
    assertThat(retention.removeAudit(1000)).as("the newest keeps its id taken").isEqualTo(149);
    assertThat(audit.page(new AuditRows.Query(null, null, 0), 10, Long.MAX_VALUE))
        .extracting(AuditRow::id)
        .containsExactly(450L);
  }

  @Test
  void addressesOfViewersGoBeforeTheirViews() {
    var views = new DesktopRows(store, "local");
    var id = new VmId("vm-00000001");
    long open = views.begin(id, "anna", "192.0.2.1", false, 1);
    long old = views.begin(id, "bert", "192.0.2.2", false, 2);
    views.end(old, 100);
    assertThat(retention.removeViewerAddresses(100)).isZero();
    assertThat(retention.removeViewerAddresses(101)).isEqualTo(1);
    assertThat(retention.removeViewerAddresses(101)).as("once").isZero();
    assertThat(views.views(id))
        .extracting(ViewRow::id, ViewRow::viewer, ViewRow::address)
        .containsExactly(tuple(old, "bert", Retention.REMOVED), tuple(open, "anna", "192.0.2.1"));
  }

  @Test
  void viewsGoAfterTheirEndAndOpenOnesStay() {
    var views = new DesktopRows(store, "local");
    var id = new VmId("vm-00000001");
    long open = views.begin(id, "anna", "::1", false, 1);
    views.end(views.begin(id, "anna", "::1", false, 2), 100);
    long last = views.begin(id, "anna", "::1", false, 3);
    views.end(last, 100);
    assertThat(retention.removeDesktopViews(101)).isEqualTo(1);
    assertThat(views.views(id)).extracting(ViewRow::id).containsExactly(last, open);
  }
}
