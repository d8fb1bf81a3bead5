package dev.visco.app;

import dev.visco.events.CertificateEvents;
import dev.visco.events.EventLog;
import dev.visco.events.HttpPost;
import dev.visco.events.WebhookAddresses;
import dev.visco.events.WebhookSender;
import dev.visco.events.Webhooks;
import dev.visco.settings.Settings;
import dev.visco.store.EventRows;
import dev.visco.store.Store;
import dev.visco.store.WebhookRows;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** Events, and the webhooks that are told of them. */
final class EventParts {
  final EventRows rows;
  final EventLog log;
  final CertificateEvents certificates;
  final HttpPost post;
  final WebhookSender sender;
  final Webhooks webhooks;

  EventParts(Settings settings, Store store, InstantSource clock, RandomGenerator random) {
    this.rows = new EventRows(store, store.host());
    this.log = new EventLog(rows, store.events());
    this.certificates = new CertificateEvents(rows, clock);
    var webhookRows = new WebhookRows(store, store.host());
    var addresses = new WebhookAddresses(settings.webhookNetworks());
    this.post = new HttpPost(addresses);
    this.sender = new WebhookSender(webhookRows, post, store.events(), clock, random);
    this.webhooks = new Webhooks(webhookRows, sender, addresses, random, clock);
  }
}
