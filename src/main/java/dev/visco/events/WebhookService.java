package dev.visco.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.store.DeliveryRow;
import dev.visco.store.EventKind;
import dev.visco.store.WebhookRow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Webhooks: who is told of events. Unknown ones are refused. */
public interface WebhookService {
  /**
   * A new webhook.
   *
   * @param kinds the events that it is told of, none for all
   * @param owner whose events alone it is told of, null for all
   * @param secret its receiver's own, null for a new one
   */
  record NewWebhook(
      String url, List<EventKind> kinds, @Nullable String owner, @Nullable String secret) {
    public NewWebhook {
      kinds = List.copyOf(kinds);
    }
  }

  /**
   * One webhook.
   *
   * @param failingSince since when all of its deliveries have failed
   */
  record Webhook(WebhookRow row, Optional<Instant> failingSince) {}

  Webhook create(NewWebhook asked);

  List<Webhook> list();

  Webhook webhook(String id);

  void remove(String id);

  /** Lets a disabled one get what happens from now on. */
  Webhook enable(String id);

  /**
   * What came of a test.
   *
   * @param status of the answer, null where there was none
   * @param error null for success
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record WebhookTest(@Nullable Integer status, @Nullable String error) {}

  /** Sends an event of the kind {@code webhook-test} now, once, which is recorded nowhere. */
  WebhookTest test(String id);

  /**
   * Newest first.
   *
   * @param state only those in this state, null for all
   * @param before only those with a lower id
   */
  List<DeliveryRow> deliveries(String id, @Nullable String state, int limit, long before);
}
