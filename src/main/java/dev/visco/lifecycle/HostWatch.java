package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import dev.visco.network.HostNetwork;
import dev.visco.store.EventRows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts back what another program takes away of what Visco set on the host, with an event: rules
 * that a firewall's restart flushed, routes, forwarding, the mode of the TUN device. Until then
 * nothing of a guest passes ({@link HostNetwork}).
 */
final class HostWatch implements AutoCloseable {
  static final String EVENT = "host-repaired";

  private static final Logger LOG = LoggerFactory.getLogger(HostWatch.class);
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private final HostNetwork network;
  private final EventRows events;
  private final InstantSource clock;
  private final Loop loop;

  HostWatch(HostNetwork network, EventRows events, InstantSource clock, SteadyClock steady) {
    this.network = network;
    this.events = events;
    this.clock = clock;
    this.loop = new Loop("host network", PERIOD, steady, this::round);
  }

  Loop loop() {
    return loop;
  }

  void start() {
    loop.start();
  }

  private void round() throws InterruptedException {
    Thread.sleep(PERIOD);
    List<String> mended = network.repair();
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
