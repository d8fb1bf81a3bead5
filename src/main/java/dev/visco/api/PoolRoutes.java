package dev.visco.api;

import dev.visco.api.http.Route;
import dev.visco.metrics.Metric;
import dev.visco.pool.PoolService;
import dev.visco.pool.PoolService.PoolStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code /api/pools}: VMs that wait for users, and what of them {@code /metrics} shows. */
final class PoolRoutes implements Metric.MetricSource {
  private final PoolService pools;

  PoolRoutes(PoolService pools) {
    this.pools = pools;
  }

  List<Route> routes() {
    return List.of(
        Route.operator("GET", "/api/pools", exchange -> exchange.items(pools.pools()))
            .named("listPools", "Lists the pools of VMs that wait for users, by VM type.")
            .listing(PoolStatus.class, "pools"));
  }

  @Override
  public List<Metric> metrics() {
    var found = new ArrayList<Metric>();
    for (PoolStatus pool : pools.pools()) {
      gauge(found, pool, "wanted", pool.size());
      gauge(found, pool, "ready", pool.ready());
      gauge(found, pool, "starting", pool.starting());
      gauge(found, pool, "failed", pool.failed());
      Map.of(
              "taken", pool.taken(),
              "cloned", pool.cloned(),
              "booted", pool.booted(),
              "other", pool.other())
          .forEach((outcome, number) ->
              found.add(
                  Metric.counter(
                      "visco.pool.requests",
                      "requests for VMs of types with pools, by what became of them",
                      Map.of("type", pool.type(), "outcome", outcome),
                      number)));
      if (pool.oldest() != null) {
        found.add(
            Metric.gauge(
                "visco.pool.oldest.timestamp.seconds",
                "when the VM was made that has waited longest",
                Map.of("type", pool.type()),
                pool.oldest().getEpochSecond()));
      }
    }
    return found;
  }

  private static void gauge(List<Metric> found, PoolStatus pool, String state, long number) {
    found.add(
        Metric.gauge(
            "visco.pool.vms",
            "VMs that wait for users",
            Map.of("type", pool.type(), "state", state),
            number));
  }
}
