package dev.visco.events;

import dev.visco.events.WebhookPost.PostAnswer;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.store.DeliveryRow;
import dev.visco.store.WebhookRow;
import dev.visco.store.WebhookRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The webhooks of the store. */
public final class Webhooks implements WebhookService {
  private static final int MAX = 100;
  private static final int MAX_URL = 2000;

  private final WebhookRows rows;
  private final WebhookSender sender;
  private final WebhookAddresses addresses;
  private final RandomGenerator random;
  private final InstantSource clock;

  /**
   * @param random one whose numbers cannot be guessed
   */
  public Webhooks(
      WebhookRows rows,
      WebhookSender sender,
      WebhookAddresses addresses,
      RandomGenerator random,
      InstantSource clock) {
    this.rows = rows;
    this.sender = sender;
    this.addresses = addresses;
    this.random = random;
    this.clock = clock;
  }

  @Override
  public Webhook create(NewWebhook asked) {
    check(asked.url());
    String secret = asked.secret();
    if (secret != null) {
      WebhookSignature.check(secret);
    }
    if (rows.list().size() >= MAX) {
      throw new Refused(
          new Refusal.Conflict("There are " + MAX + " webhooks already.", "Remove one of them."));
    }
    var row =
        new WebhookRow(
            "wh-%08x".formatted(random.nextInt()),
            asked.url(),
            secret == null ? WebhookSignature.newSecret(random) : secret,
            asked.kinds(),
            asked.owner(),
            true,
            clock.millis());
    rows.add(row);
    return webhook(row.id());
  }

  private void check(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw invalid(url, "is no URL");
    }
    boolean isHttp = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
    if (!isHttp || uri.getHost() == null || uri.getHost().isEmpty()) {
      throw invalid(url, "is no URL of HTTP");
    }
    if (uri.getUserInfo() != null || uri.getFragment() != null || url.length() > MAX_URL) {
      throw invalid(url, "has a user, a fragment, or more than " + MAX_URL + " characters");
    }
    checkAddress(url, uri.getHost());
  }

  private static Refused invalid(String url, String what) {
    return Refused.invalid(
        "url", url, what, "Give one like https://app.example/visco-events, without a password.");
  }

  /** A name that is not known now is looked up again at each delivery. */
  private void checkAddress(String url, String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (addresses.allows(address)) {
          return;
        }
      }
    } catch (UnknownHostException e) {
      return;
    }
    throw Refused.invalid(
        "url",
        url,
        "is at a private address",
        "Give a public one, or have webhooks.networks (VISCO_WEBHOOK_NETWORKS) name its network.");
  }

  private Webhook view(WebhookRow row) {
    return new Webhook(row, rows.failingSince(row.id()).map(Instant::ofEpochMilli));
  }

  @Override
  public List<Webhook> list() {
    return rows.list().stream().map(this::view).toList();
  }

  private WebhookRow row(String id) {
    return rows.find(id).orElseThrow(() -> notFound(id));
  }

  private static Refused notFound(String id) {
    return new Refused(new Refusal.NotFound("webhook", id, "GET /api/webhooks lists them."));
  }

  @Override
  public Webhook webhook(String id) {
    return view(row(id));
  }

  @Override
  public void remove(String id) {
    if (!rows.remove(id, clock.millis())) {
      throw notFound(id);
    }
  }

  @Override
  public Webhook enable(String id) {
    row(id);
    rows.enable(id, clock.millis());
    return webhook(id);
  }

  @Override
  public WebhookTest test(String id) {
    WebhookRow row = row(id);
    Instant now = clock.instant();
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "webhook-test");
    body.put("timestamp", now);
    body.put("data", Map.of("subject", id, "text", "This is a test of the webhook " + id + "."));
    try {
      PostAnswer answer =
          sender.post(row, "msg_" + id + "_test_" + now.toEpochMilli(), Json.line(body));
      boolean isGood = answer.status() >= 200 && answer.status() < 300;
      return new WebhookTest(answer.status(), isGood ? null : "answered " + answer.status());
    } catch (IOException e) {
      return new WebhookTest(null, e.getMessage() + "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new WebhookTest(null, "the daemon ends");
    }
  }

  @Override
  public List<DeliveryRow> deliveries(String id, @Nullable String state, int limit, long before) {
    row(id);
    return rows.deliveries(id, state, limit, before);
  }
}
