package dev.visco.lifecycle.monitor;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.network.HostNetwork;
import dev.visco.network.Networks;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores Visco's network configuration of the host when another program has removed it, and
 * records an event: rules that a restarted firewall flushed, routes, links, neighbour entries,
 * forwarding, the mode of the TUN device. Until then no packet of a guest passes ({@link
 * HostNetwork}).
 */
public final class HostMonitor implements AutoCloseable {
  static final EventKind EVENT = EventKind.HOST_REPAIRED;

  private static final Logger LOG = LoggerFactory.getLogger(HostMonitor.class);
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private final Networks networks;
  private final Supplier<Map<SlotIndex, Rate>> inUse;
  private final EventRows events;
  private final InstantSource clock;
  private final Loop loop;

  /**
   * @param inUse slots of running VMs, with the rate limits of their guests
   */
  public HostMonitor(
      Networks networks,
      Supplier<Map<SlotIndex, Rate>> inUse,
      EventRows events,
      InstantSource clock,
      SteadyClock steady) {
    this.networks = networks;
    this.inUse = inUse;
    this.events = events;
    this.clock = clock;
    this.loop = Loop.every("host-monitor", PERIOD, PERIOD, steady, this::round);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  private void round() {
    List<String> mended = networks.repair(inUse.get());
    if (!mended.isEmpty()) {
      String text =
          "Another program took away what Visco had set on this host; it was put back: "
              + String.join(", ", mended)
              + ".";
      LOG.warn("{}", text);
      events.add(EVENT, null, text, clock.millis());
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
