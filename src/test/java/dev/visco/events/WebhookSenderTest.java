package dev.visco.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.events.WebhookPost.PostAnswer;
import dev.visco.store.DeliveryRow;
import dev.visco.store.EventKind;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.NewEvent;
import dev.visco.store.Store;
import dev.visco.store.WebhookRow;
import dev.visco.store.WebhookRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Events reach webhooks in order, again and again until they arrive, and after a restart too. */
class WebhookSenderTest {
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-01-31T10:00:00Z");
  private final List<Map<String, String>> headers = new ArrayList<>();
  private final List<String> bodies = new ArrayList<>();

  /** What the receiver answers; null for no answer. */
  private @Nullable PostAnswer answer = answer(200);

  private Store store;
  private EventRows events;
  private WebhookRows rows;
  private WebhookSender sender;

  @BeforeEach
  void open() {
    store = Store.open(folder);
    events = new EventRows(store, "local");
    rows = new WebhookRows(store, "local");
    sender = new WebhookSender(rows, this::post, store.events(), () -> now, new Random(3));
  }

  @AfterEach
  void close() {
    sender.close();
    store.close();
  }

  private static PostAnswer answer(int status) {
    return new PostAnswer(status, Optional.empty());
  }

  private PostAnswer post(URI url, Map<String, String> with, String body) throws IOException {
    assertThat(url).hasHost("app.example");
    headers.add(with);
    bodies.add(body);
    if (answer == null) {
      throw new IOException("nobody answers");
    }
    return answer;
  }

  private WebhookRow hook(EventKind... kinds) {
    var row =
        new WebhookRow(
            "wh-00000001",
            "https://app.example/hook",
            SECRET,
            List.of(kinds),
            null,
            true,
            now.toEpochMilli());
    rows.add(row);
    return row;
  }

  private void happens(EventKind kind, @Nullable String user) {
    events.add(NewEvent.of(kind, "Something happened.").owner(user), now.toEpochMilli());
  }

  private List<String> sent() {
    return bodies.stream()
        .map(body -> Json.read(body, JsonNode.class).path("type").asString())
        .toList();
  }

  private DeliveryRow newest() {
    return rows.deliveries("wh-00000001", null, 1, Long.MAX_VALUE).getFirst();
  }

  @Test
  void whatIsWantedComesInOrderWithItsSignature() {
    happens(EventKind.VM_READY, null); // Before there was a webhook.
    WebhookRow hook = hook(EventKind.VM_READY, EventKind.VM_STOPPED);
    happens(EventKind.VM_READY, "u");
    happens(EventKind.VM_CREATED, "u");
    happens(EventKind.VM_STOPPED, "v");
    sender.work(hook);
    sender.work(hook);
    assertThat(sent()).containsExactly("vm-ready", "vm-stopped");
    JsonNode body = Json.read(bodies.getFirst(), JsonNode.class);
    assertThat(body.path("timestamp").asString()).isEqualTo("2026-01-31T10:00:00Z");
    assertThat(body.path("data").path("user").asString()).isEqualTo("u");
    Map<String, String> first = headers.getFirst();
    String id = "msg_wh-00000001_" + body.path("data").path("id").asLong();
    assertThat(first)
        .containsEntry("webhook-id", id)
        .containsEntry("webhook-timestamp", "1769853600")
        .containsEntry(
            "webhook-signature", WebhookSignature.of(SECRET, id, 1769853600, bodies.getFirst()));
    assertThat(newest().state()).isEqualTo(DeliveryRow.DELIVERED);
    assertThat(newest().status()).isEqualTo(200);
  }

  @Test
  void aUsersWebhookIsToldOfWhatIsTheirs() {
    var hook =
        new WebhookRow("wh-00000002", "https://app.example/", SECRET, List.of(), "u", true, 1);
    rows.add(hook);
    happens(EventKind.VM_READY, "v");
    happens(EventKind.VM_READY, "u");
    happens(EventKind.DISK_ROOM, null);
    sender.work(hook);
    assertThat(bodies).hasSize(1);
    assertThat(bodies.getFirst()).contains("\"user\":\"u\"");
  }

  @Test
  void whatFailsIsTriedAgainLaterAndLater() {
    WebhookRow hook = hook();
    happens(EventKind.VM_READY, null);
    happens(EventKind.VM_STOPPED, null);
    answer = null;
    sender.work(hook);
    assertThat(sent()).as("the second one waits: its receiver does not answer").hasSize(1);
    answer = answer(500);
    List<DeliveryRow> pending = rows.deliveries(hook.id(), DeliveryRow.PENDING, 9, Long.MAX_VALUE);
    assertThat(pending.getLast().error()).isEqualTo("nobody answers");
    assertThat(pending.getLast().next())
        .isBetween(now.plusMillis(5000).toEpochMilli(), now.plusMillis(5500).toEpochMilli());
    now = now.plusSeconds(6);
    sender.work(hook);
    DeliveryRow again = rows.deliveries(hook.id(), null, 9, Long.MAX_VALUE).getLast();
    assertThat(again.tries()).isEqualTo(2);
    assertThat(again.status()).isEqualTo(500);
    assertThat(again.next()).isGreaterThanOrEqualTo(now.plus(Duration.ofMinutes(5)).toEpochMilli());
    answer = answer(204);
    now = now.plus(Duration.ofMinutes(6));
    sender.work(hook);
    assertThat(sent()).endsWith("vm-ready", "vm-stopped");
    assertThat(headers.getFirst().get("webhook-id")).isEqualTo(headers.get(1).get("webhook-id"));
    assertThat(headers.getFirst().get("webhook-timestamp"))
        .as("of the try")
        .isNotEqualTo(headers.get(1).get("webhook-timestamp"));
    assertThat(bodies.getFirst()).isEqualTo(bodies.get(1));
    assertThat(rows.failingSince(hook.id())).isEmpty();
    assertThat(rows.next()).isEmpty();
  }

  @Test
  void aReceiverMayAskForMoreTime() {
    WebhookRow hook = hook();
    happens(EventKind.VM_READY, null);
    answer = new PostAnswer(429, Optional.of(Duration.ofMinutes(10)));
    sender.work(hook);
    assertThat(newest().next())
        .isGreaterThanOrEqualTo(now.plus(Duration.ofMinutes(10)).toEpochMilli());
  }

  /** Record before you act: neither the events nor the tries are forgotten. */
  @Test
  void aRestartLosesNothing() {
    WebhookRow hook = hook();
    answer = null;
    happens(EventKind.VM_READY, null);
    sender.work(hook);
    happens(EventKind.VM_STOPPED, null); // Nobody has looked at it yet.
    close();
    open();
    answer = answer(200);
    now = now.plusSeconds(6);
    sender.work(rows.find(hook.id()).orElseThrow());
    assertThat(sent()).containsExactly("vm-ready", "vm-ready", "vm-stopped");
  }

  @Test
  void afterDaysOfFailuresItIsDisabledWithAnEventAndMayBeEnabled() {
    WebhookRow hook = hook();
    happens(EventKind.VM_READY, null);
    answer = answer(503);
    for (int one = 0; one < 9; one++) {
      sender.work(hook);
      assertThat(rows.find(hook.id()).orElseThrow().isActive()).isTrue();
      now = Instant.ofEpochMilli(newest().next());
    }
    sender.work(hook);
    assertThat(rows.find(hook.id()).orElseThrow().isActive()).isFalse();
    assertThat(newest().state()).isEqualTo(DeliveryRow.FAILED);
    assertThat(newest().tries()).isEqualTo(10);
    EventRow last = events.before(EventQuery.ALL, 1, Long.MAX_VALUE).getFirst();
    assertThat(last.kind()).isEqualTo("webhook-disabled");
    assertThat(last.reason()).contains("failed for 3d", "answered 503");
    int before = bodies.size();
    happens(EventKind.VM_STOPPED, null);
    sender.work(hook);
    assertThat(bodies).hasSize(before);
    rows.enable(hook.id(), now.toEpochMilli());
    rows.enable(hook.id(), now.toEpochMilli());
    answer = answer(200);
    happens(EventKind.VM_DESTROYED, null);
    sender.work(rows.find(hook.id()).orElseThrow());
    assertThat(sent().subList(before, bodies.size())).containsExactly("vm-destroyed");
  }

  @Test
  void aReceiverThatIsGoneForGoodIsNotAskedAgain() {
    WebhookRow hook = hook();
    happens(EventKind.VM_READY, null);
    answer = answer(410);
    sender.work(hook);
    assertThat(rows.find(hook.id()).orElseThrow().isActive()).isFalse();
    assertThat(newest().state()).isEqualTo(DeliveryRow.FAILED);
  }

  /** What waits is bounded; the rest waits as events. */
  @Test
  void aWebhookThatTakesNothingFillsTheStoreOnlySoFar() {
    WebhookRow hook = hook();
    for (int one = 0; one < 1150; one++) {
      happens(EventKind.NOTE, null);
    }
    answer = null;
    sender.work(hook);
    while (rows.fill(hook.id(), event -> "{}", now.toEpochMilli())) {}
    assertThat(rows.deliveries(hook.id(), null, 5000, Long.MAX_VALUE)).hasSize(1000);
    answer = answer(200);
    now = now.plusSeconds(6);
    sender.work(hook);
    assertThat(rows.deliveries(hook.id(), DeliveryRow.DELIVERED, 5000, Long.MAX_VALUE))
        .hasSize(1150);
  }

  @Test
  void oneThatIsRemovedTakesItsDeliveriesWithIt() {
    WebhookRow hook = hook();
    happens(EventKind.VM_READY, null);
    sender.work(hook);
    assertThat(rows.remove(hook.id(), 9)).isTrue();
    assertThat(rows.remove(hook.id(), 9)).isFalse();
    assertThat(rows.list()).isEmpty();
    assertThat(rows.deliveries(hook.id(), null, 9, Long.MAX_VALUE)).isEmpty();
    sender.work(hook);
    assertThat(bodies).hasSize(1);
  }
}
