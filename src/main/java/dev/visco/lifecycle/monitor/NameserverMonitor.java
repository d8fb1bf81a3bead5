package dev.visco.lifecycle.monitor;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.model.Refused;
import dev.visco.network.Uplink;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches guests to another nameserver when the host's resolv.conf names another one, for example
 * when a VPN comes up or a laptop roams. Each change is recorded as an event.
 */
public final class NameserverMonitor implements AutoCloseable {
  static final EventKind EVENT = EventKind.NAMESERVER_CHANGED;

  private static final Logger LOG = LoggerFactory.getLogger(NameserverMonitor.class);
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private final Supplier<Uplink> hosts;
  private final Supplier<Uplink> guests;
  private final Consumer<Uplink> follow;
  private final EventRows events;
  private final InstantSource clock;
  private final Loop loop;

  /**
   * @param hosts the host's nameserver now; throws {@link Refused} when it has none
   * @param guests the guests' nameserver now
   * @param follow switches guests to another one
   */
  public NameserverMonitor(
      Supplier<Uplink> hosts,
      Supplier<Uplink> guests,
      Consumer<Uplink> follow,
      EventRows events,
      InstantSource clock,
      SteadyClock steady) {
    this.hosts = hosts;
    this.guests = guests;
    this.follow = follow;
    this.events = events;
    this.clock = clock;
    this.loop = Loop.every("nameserver-monitor", PERIOD, PERIOD, steady, this::check);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** One round. */
  void check() {
    Uplink next;
    try {
      next = hosts.get();
    } catch (Refused e) {
      return; // The file is being written, or the host is between two networks: nothing changes.
    }
    Uplink before = guests.get();
    if (next.equals(before)) {
      return;
    }
    follow.accept(next);
    String text =
        "The host asks the nameserver "
            + next.nameserver()
            + " instead of "
            + before.nameserver()
            + ", and so do all guests from now on.";
    LOG.info("{}", text);
    events.add(EVENT, null, text, clock.millis());
  }

  @Override
  public void close() {
    loop.close();
  }
}
