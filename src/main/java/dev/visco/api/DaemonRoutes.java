package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Health;
import dev.visco.sweep.Sweep;
import dev.visco.sweep.SweepService;
import dev.visco.wire.HealthDocument;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The daemon's health ({@code /health}), and what is left on its host ({@code /api/sweep}). */
public final class DaemonRoutes {
  private final SweepService sweep;
  private final Supplier<Health.HealthReport> health;
  private final Supplier<String> vault;
  private final IntSupplier egressFailures;
  private final String build;
  private final SteadyClock clock;
  private final long startedNanos;

  /**
   * @param vault the word of the vault's state
   * @param egressFailures VMs whose egress policy could not be applied
   * @param build names the running program
   */
  public DaemonRoutes(
      SweepService sweep,
      Supplier<Health.HealthReport> health,
      Supplier<String> vault,
      IntSupplier egressFailures,
      String build,
      SteadyClock clock) {
    this.sweep = sweep;
    this.vault = vault;
    this.egressFailures = egressFailures;
    this.health = health;
    this.build = build;
    this.clock = clock;
    this.startedNanos = clock.nanos();
  }

  public List<Route> routes() {
    return List.of(
        Route.open("GET", "/health", this::health)
            .named("getHealth", "Tells whether the daemon does its work.")
            .answering(200, HealthDocument.class, "it does")
            .answering(503, HealthDocument.class, "it does not"),
        Route.operator("GET", "/api/sweep", exchange -> exchange.items(sweep.plan()))
            .named("planSweep", "Lists what Visco made on its host, and what no row owns.")
            .listing(Sweep.SweepFinding.class, "what there is"),
        Route.operator("POST", "/api/sweep", exchange -> exchange.items(sweep.run()))
            .named("sweep", "Removes what Visco made and nothing owns any more.")
            .listing(Sweep.SweepFinding.class, "what was removed"));
  }

  /**
   * 200 only when the daemon does its work: load balancers and supervisors look at the status
   * alone.
   */
  private void health(Exchange exchange) {
    Health.HealthReport report = health.get();
    var ages = new TreeMap<String, Double>();
    report
        .loops()
        .forEach(loop -> ages.put(loop.name(), loop.sinceLastRound().toMillis() / 1000.0));
    exchange.json(
        report.status() == Health.HealthStatus.OK ? 200 : 503,
        new HealthDocument(
            report.status().name().toLowerCase(Locale.ROOT),
            build,
            TimeUnit.NANOSECONDS.toSeconds(clock.nanos() - startedNanos),
            ProcessHandle.current().pid(),
            ages,
            vault.get(),
            egressFailures.getAsInt()));
  }
}
