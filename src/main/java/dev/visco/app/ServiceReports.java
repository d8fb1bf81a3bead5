package dev.visco.app;

import dev.visco.host.HostFault;
import dev.visco.host.ServiceManager;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how the daemon is: that it serves, once recovery is done, and a sign of
 * life for as long as {@code /health} is good. A daemon whose needed loops stand still gives none,
 * and the manager replaces it.
 */
final class ServiceReports implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceReports.class);
  private static final Duration MAX_PERIOD = Duration.ofSeconds(5);

  /** Each report while recovery goes on asks for this much more time (sd_notify(3)). */
  private static final Duration MORE_TIME = Duration.ofSeconds(60);

  private final ServiceManager manager;
  private final Supplier<Health.HealthReport> health;
  private final Loop loop;
  private boolean isReady;
  private boolean isEnding;
  private boolean hasFailed;

  private ServiceReports(
      ServiceManager manager, Supplier<Health.HealthReport> health, SteadyClock clock) {
    this.manager = manager;
    this.health = health;
    this.loop = Loop.every("service", Duration.ZERO, period(manager), clock, this::report);
  }

  /** Reports until it is closed; does nothing where nobody wants to be told. */
  static ServiceReports start(
      ServiceManager manager, Supplier<Health.HealthReport> health, SteadyClock clock) {
    var reports = new ServiceReports(manager, health, clock);
    if (manager.isPresent()) {
      reports.loop.start();
    }
    return reports;
  }

  /** A third of what the watchdog allows, so that one report that is late does no harm. */
  static Duration period(ServiceManager manager) {
    return manager
        .watchdog()
        .map(max -> max.dividedBy(3))
        .filter(third -> third.compareTo(MAX_PERIOD) < 0)
        .orElse(MAX_PERIOD);
  }

  /** Tells now how the daemon is. */
  synchronized void report() {
    if (isEnding || !manager.isPresent()) {
      return;
    }
    Health.HealthReport now = health.get();
    boolean isTold =
        tell(
            switch (now.status()) {
              case STARTING ->
                  List.of(
                      "EXTEND_TIMEOUT_USEC=" + MORE_TIME.toMillis() * 1000,
                      "WATCHDOG=1",
                      "STATUS=recovers what an earlier daemon left");
              case OK -> alive();
              case STALLED ->
                  List.of(
                      "STATUS=stalled: "
                          + now.loops().stream()
                              .filter(Health.LoopAge::isLate)
                              .map(one ->
                                  one.name() + " for " + one.sinceLastRound().toSeconds() + " s")
                              .collect(Collectors.joining(", ")));
            });
    isReady |= isTold && now.status() == Health.HealthStatus.OK;
  }

  private List<String> alive() {
    var lines = new ArrayList<>(List.of("WATCHDOG=1", "STATUS=serves"));
    if (!isReady) {
      lines.add("READY=1");
    }
    return lines;
  }

  /** The daemon was told to end; nothing is reported from here on. */
  synchronized void ending() {
    isEnding = true;
    if (manager.isPresent()) {
      tell(List.of("STOPPING=1", "STATUS=ends; VMs go on running"));
    }
  }

  /** A manager that cannot be told is none of the VMs' business: it is logged once. */
  private boolean tell(List<String> lines) {
    try {
      manager.tell(lines.toArray(String[]::new));
      hasFailed = false;
      return true;
    } catch (HostFault e) {
      if (!hasFailed) {
        LOG.warn("{}; it is tried again with each report", e.getMessage());
      }
      hasFailed = true;
      return false;
    }
  }

  @Override
  public void close() {
    if (manager.isPresent()) {
      loop.close();
    }
  }
}
