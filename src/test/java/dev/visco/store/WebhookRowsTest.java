package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Webhooks and their deliveries are the same on each database. */
@ParameterizedClass
@EnumSource
class WebhookRowsTest {
  private final TestDatabase database;
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // Opened before each test.
  private TestDatabase.Opened store;

  WebhookRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private static WebhookRow hook(String id) {
    return new WebhookRow(
        id,
        "https://app.example/",
        "whsec_x",
        List.of(EventKind.VM_READY, EventKind.NOTE),
        "anna",
        true,
        7);
  }

  @Test
  void aDeliveryIsPendingUntilItArrivesOrIsGivenUp() {
    var rows = new WebhookRows(store, "here");
    var events = new EventRows(store, "here");
    rows.add(hook("wh-1"));
    assertThat(rows.find("wh-1")).contains(hook("wh-1"));
    assertThat(new WebhookRows(store, "there").list()).isEmpty();
    events.add(NewEvent.of(EventKind.VM_READY, "one").owner("anna"), 10);
    events.add(NewEvent.of(EventKind.NOTE, "two").owner("anna"), 11);
    events.add(NewEvent.of(EventKind.VM_READY, "three").owner("bert"), 12);
    assertThat(rows.fill("wh-1", EventRow::text, 20)).isFalse();
    assertThat(rows.fill("wh-1", EventRow::text, 20)).as("no event twice").isFalse();
    List<DeliveryRow> due = rows.due("wh-1", 20, 9);
    assertThat(due).extracting(DeliveryRow::body).containsExactly("one", "two");
    assertThat(rows.due("wh-1", 19, 9)).isEmpty();
    assertThat(rows.next()).contains(20L);
    rows.failed(due.getFirst(), null, "no answer", 50L, 21);
    rows.failed(due.getLast(), 500, "answered 500", null, 22);
    assertThat(rows.failingSince("wh-1")).contains(21L);
    assertThat(rows.next()).contains(50L);
    assertThat(rows.deliveries("wh-1", DeliveryRow.FAILED, 9, Long.MAX_VALUE))
        .extracting(DeliveryRow::status)
        .containsExactly(500);
    rows.delivered(rows.due("wh-1", 50, 9).getFirst(), 204, 51);
    assertThat(rows.failingSince("wh-1")).isEmpty();
    assertThat(rows.next()).isEmpty();
    assertThat(rows.deliveries("wh-1", null, 9, Long.MAX_VALUE))
        .extracting(row -> row.body() + " " + row.state() + " " + row.tries())
        .containsExactly("two failed 1", "one delivered 2");
    assertThat(new Retention(store, "here").removeDeliveries(51)).isEqualTo(1);
    assertThat(new Retention(store, "here").removeDeliveries(52)).isEqualTo(1);
  }

  /** A disabled one gets nothing, and what waited for it is given up. */
  @Test
  void disabledAndEnabledAreTold() {
    var rows = new WebhookRows(store, "here");
    var events = new EventRows(store, "here");
    rows.add(hook("wh-1"));
    events.add(NewEvent.of(EventKind.VM_READY, "one").owner("anna"), 10);
    rows.fill("wh-1", EventRow::text, 20);
    rows.disable("wh-1", "It failed.", 30);
    assertThat(rows.list()).extracting(WebhookRow::isActive).containsExactly(false);
    assertThat(rows.next()).isEmpty();
    rows.enable("wh-1", 40);
    events.add(NewEvent.of(EventKind.VM_READY, "two").owner("anna"), 50);
    rows.fill("wh-1", EventRow::text, 60);
    assertThat(rows.due("wh-1", 60, 9)).extracting(DeliveryRow::body).containsExactly("two");
    rows.remove("wh-1", 70);
    assertThat(events.after(EventRows.EventQuery.ALL, 9, 0))
        .extracting(EventRow::kind)
        .containsExactly(
            "webhook-created",
            "vm-ready",
            "webhook-disabled",
            "webhook-enabled",
            "vm-ready",
            "webhook-removed");
  }
}
