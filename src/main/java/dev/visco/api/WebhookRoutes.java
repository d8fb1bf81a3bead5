package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.events.WebhookSender;
import dev.visco.events.WebhookService;
import dev.visco.events.WebhookService.NewWebhook;
import dev.visco.events.WebhookService.Webhook;
import dev.visco.events.WebhookService.WebhookTest;
import dev.visco.model.UserId;
import dev.visco.store.DeliveryRow;
import dev.visco.store.EventKind;
import dev.visco.store.WebhookRow;
import dev.visco.wire.DeliveryDocument;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.Required;
import dev.visco.wire.WebhookDocument;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/webhooks}: who is told of events. For administrators. */
public final class WebhookRoutes {
  private static final int USUAL = 100;
  private final WebhookService webhooks;

  public WebhookRoutes(WebhookService webhooks) {
    this.webhooks = webhooks;
  }

  public List<Route> routes() {
    return List.of(
        Route.admin("GET", "/api/webhooks", this::list)
            .named("listWebhooks", "Lists webhooks.")
            .listing(WebhookDocument.class, "webhooks"),
        Route.admin("POST", "/api/webhooks", this::create)
            .named("createWebhook", "Has a URL told of events from now on.")
            .taking(WebhookRequest.class)
            .answering(201, WebhookDocument.class, "the webhook with its secret"),
        Route.admin("GET", "/api/webhooks/{webhook}", this::show)
            .named("getWebhook", "Shows a webhook.")
            .answering(200, WebhookDocument.class, "the webhook"),
        Route.admin("DELETE", "/api/webhooks/{webhook}", this::remove)
            .named("removeWebhook", "Removes a webhook with its deliveries.")
            .answering(200, RemovedDocument.class, "it is removed"),
        Route.admin("POST", "/api/webhooks/{webhook}/enable", this::enable)
            .named("enableWebhook", "Has a disabled webhook told of events from now on.")
            .answering(200, WebhookDocument.class, "the webhook"),
        Route.admin("POST", "/api/webhooks/{webhook}/test", this::test)
            .named("testWebhook", "Sends a webhook a test event, once and now.")
            .answering(200, WebhookTest.class, "what came of it"),
        Route.admin("GET", "/api/webhooks/{webhook}/deliveries", this::deliveries)
            .named("listDeliveries", "Lists what a webhook was sent, the newest first.")
            .asking(
                QueryParameter.word(
                    "state",
                    "only those in this state",
                    DeliveryRow.PENDING,
                    DeliveryRow.DELIVERED,
                    DeliveryRow.FAILED))
            .inPages(DeliveryDocument.class, "before", "deliveries"));
  }

  /**
   * {@code POST /api/webhooks}.
   *
   * @param kinds of events, or what they are about; null for all
   * @param user whose events alone it is told of; null for all
   * @param secret {@code whsec_} and base64; null for a new one
   */
  record WebhookRequest(
      @Nullable String url,
      @Nullable List<String> kinds,
      @Nullable String user,
      @Nullable String secret) {}

  private static WebhookDocument document(Webhook webhook, @Nullable String secret) {
    WebhookRow row = webhook.row();
    return new WebhookDocument(
        row.id(),
        row.url(),
        row.kinds().stream().map(EventKind::word).toList(),
        row.owner(),
        row.isActive() ? "active" : "disabled",
        Instant.ofEpochMilli(row.created()),
        webhook.failingSince().orElse(null),
        secret);
  }

  private void list(Exchange exchange) {
    exchange.items(webhooks.list().stream().map(one -> document(one, null)).toList());
  }

  private void create(Exchange exchange) throws IOException {
    WebhookRequest asked = exchange.body(WebhookRequest.class);
    List<String> kinds = asked.kinds();
    String user = asked.user();
    Webhook made =
        webhooks.create(
            new NewWebhook(
                Required.text("url", asked.url()),
                kinds == null || kinds.isEmpty()
                    ? List.of()
                    : EventRoutes.kinds("kinds", String.join(",", kinds)),
                user == null ? null : new UserId(user).value(),
                asked.secret()));
    exchange.json(201, document(made, made.row().secret()));
  }

  private void show(Exchange exchange) {
    exchange.json(200, document(webhooks.webhook(exchange.path("webhook")), null));
  }

  private void remove(Exchange exchange) {
    webhooks.remove(exchange.path("webhook"));
    exchange.json(200, new RemovedDocument(exchange.path("webhook")));
  }

  private void enable(Exchange exchange) {
    exchange.json(200, document(webhooks.enable(exchange.path("webhook")), null));
  }

  private void test(Exchange exchange) {
    exchange.json(200, webhooks.test(exchange.path("webhook")));
  }

  private void deliveries(Exchange exchange) {
    String id = exchange.path("webhook");
    String state = exchange.query("state").filter(word -> !word.isEmpty()).orElse(null);
    long before = exchange.number("before", Long.MAX_VALUE);
    new Page<DeliveryRow>("before", DeliveryRow::id)
        .answer(
            exchange,
            USUAL,
            limit -> webhooks.deliveries(id, state, limit, before),
            WebhookRoutes::document);
  }

  private static DeliveryDocument document(DeliveryRow row) {
    return new DeliveryDocument(
        row.id(),
        WebhookSender.id(row),
        row.event(),
        row.kind(),
        row.state(),
        row.tries(),
        row.state().equals(DeliveryRow.PENDING) ? Instant.ofEpochMilli(row.next()) : null,
        row.status(),
        row.error(),
        Instant.ofEpochMilli(row.changed()));
  }
}
