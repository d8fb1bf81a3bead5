package dev.visco.events;

import dev.visco.events.WebhookPost.PostAnswer;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.model.Durations;
import dev.visco.store.DeliveryRow;
import dev.visco.store.EventRow;
import dev.visco.store.EventSignal;
import dev.visco.store.WebhookRow;
import dev.visco.store.WebhookRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events to webhooks. Each delivery is a row before it is sent, so that a restart loses none;
 * what failed is tried again for three days. One webhook is sent one delivery at a time, and those
 * that fail keep no other from theirs.
 */
public final class WebhookSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);

  /** After which time each further try is made (Standard Webhooks, "Deliverability"). */
  static final List<Duration> RETRIES =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(10),
          Duration.ofHours(14),
          Duration.ofHours(20),
          Duration.ofHours(24));

  /** A webhook all of whose deliveries fail for so long is disabled. */
  static final Duration MAX_FAILING = Duration.ofDays(3);

  private static final int GONE = 410;

  /** A round looks at all webhooks without a signal too: the clock may have been set. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(30);

  private static final int LOT = 20;
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final WebhookRows rows;
  private final WebhookPost post;
  private final EventSignal.Listening listening;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Semaphore happened = new Semaphore(0);
  private final Set<String> busy = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Loop loop;

  public WebhookSender(
      WebhookRows rows,
      WebhookPost post,
      EventSignal events,
      InstantSource clock,
      RandomGenerator random) {
    this.rows = rows;
    this.post = post;
    this.clock = clock;
    this.random = random;
    this.listening = events.listen(happened::release);
    this.loop =
        new Loop(
            "webhooks",
            RETRY,
            SteadyClock.ofHost(),
            () -> {
              round();
              await();
            });
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** One round: records what is to be delivered, and begins to send what is due. */
  private void round() {
    for (WebhookRow hook : rows.list()) {
      if (hook.isActive() && busy.add(hook.id())) {
        threads.execute(() -> {
          try {
            work(hook);
          } catch (RuntimeException e) {
            LOG.error("webhook {}: its deliveries could not be read or recorded", hook.id(), e);
          } finally {
            busy.remove(hook.id());
          }
        });
      }
    }
  }

  private void await() throws InterruptedException {
    long wait = MAX_WAIT.toMillis();
    Long next = rows.next().orElse(null);
    if (next != null && busy.isEmpty()) {
      wait = Math.clamp(next - clock.millis(), 100, wait);
    }
    if (happened.tryAcquire(wait, TimeUnit.MILLISECONDS)) {
      happened.drainPermits();
    }
  }

  /** Sends what is due to one webhook, until there is no more or it has failed. */
  void work(WebhookRow hook) {
    boolean isMore = true;
    while (isMore) {
      boolean isFull = rows.fill(hook.id(), event -> body(event, hook.owner()), clock.millis());
      List<DeliveryRow> due = rows.due(hook.id(), clock.millis(), LOT);
      for (DeliveryRow one : due) {
        if (!send(hook, one)) {
          happened.release(); // When it is tried again is known now.
          return;
        }
      }
      isMore = isFull || !due.isEmpty();
    }
  }

  /** What is sent of an event: the same at every try. */
  static String body(EventRow event, @Nullable String reader) {
    var body = new LinkedHashMap<String, Object>();
    body.put("type", event.kind());
    body.put("timestamp", Instant.ofEpochMilli(event.at()));
    body.put("data", EventDocuments.of(event, reader));
    return Json.line(body);
  }

  /** False when it failed. */
  private boolean send(WebhookRow hook, DeliveryRow row) {
    PostAnswer answer;
    try {
      answer = post(hook, id(row), row.body());
    } catch (IOException e) {
      return failed(hook, row, null, e.getMessage() + "", Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Nothing is recorded: it is sent again after the start.
      return false;
    }
    int status = answer.status();
    if (status >= 200 && status < 300) {
      rows.delivered(row, status, clock.millis());
      return true;
    }
    if (status == GONE) {
      failed(hook, row, status, "answered " + status, Duration.ZERO);
      disable(hook, "Its receiver answered 410 Gone.");
      return false;
    }
    return failed(
        hook, row, status, "answered " + status, answer.retryAfter().orElse(Duration.ZERO));
  }

  /** Signs a body and sends it; the timestamp is that of this try. */
  PostAnswer post(WebhookRow hook, String id, String body)
      throws IOException, InterruptedException {
    long timestamp = clock.millis() / 1000;
    return post.post(
        URI.create(hook.url()),
        Map.of(
            "webhook-id", id,
            "webhook-timestamp", Long.toString(timestamp),
            "webhook-signature", WebhookSignature.of(hook.secret(), id, timestamp, body)),
        body);
  }

  /** The same for all tries of a delivery, and for no other. */
  public static String id(DeliveryRow row) {
    return "msg_" + row.webhook() + "_" + row.event();
  }

  private boolean failed(
      WebhookRow hook, DeliveryRow row, @Nullable Integer status, String error, Duration wish) {
    long now = clock.millis();
    Long next = null;
    if (row.tries() < RETRIES.size()) {
      long pause = RETRIES.get(row.tries()).toMillis();
      // Some more, so that what failed together does not come again together.
      pause = Math.max(pause, wish.toMillis()) + (long) (random.nextDouble() * pause / 10);
      next = now + pause;
    }
    rows.failed(row, status, error, next, now);
    LOG.warn(
        "webhook {}: event {} was not delivered: {}; {}",
        hook.id(),
        row.event(),
        error,
        next == null ? "it is given up" : "it is tried again at " + Instant.ofEpochMilli(next));
    rows.failingSince(hook.id())
        .filter(since -> now - since >= MAX_FAILING.toMillis())
        .ifPresent(since ->
            disable(
                hook,
                "All of its deliveries have failed for "
                    + Durations.text(MAX_FAILING)
                    + ". At last: "
                    + error));
    return false;
  }

  private void disable(WebhookRow hook, String why) {
    rows.disable(hook.id(), why, clock.millis());
    LOG.error("webhook {} was disabled: {}", hook.id(), why);
  }

  @Override
  public void close() {
    listening.close();
    loop.close();
    threads.shutdownNow();
  }
}
