package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.metrics.Metric;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /metrics}, with a token like all else: numbers tell of users too. */
public final class MetricsRoutes {
  /** The text format that every Prometheus reads. */
  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final List<Metric.MetricSource> sources;
  private @Nullable PrometheusPage metrics;

  public MetricsRoutes(List<Metric.MetricSource> sources) {
    this.sources = List.copyOf(sources);
  }

  public List<Route> routes() {
    return List.of(
        Route.operator("GET", "/metrics", this::metrics)
            .named("getMetrics", "Shows metrics in the text format of Prometheus.")
            .answeringBytes(TYPE, "metrics"));
  }

  private void metrics(Exchange exchange) {
    var all = new ArrayList<>(sources);
    all.add(exchange.connections());
    exchange.text(200, TYPE, loaded().page(all));
  }

  /** Loads the library when it is first asked: it would cost every start of the daemon. */
  private synchronized PrometheusPage loaded() {
    PrometheusPage found = metrics;
    if (found == null) {
      found = new PrometheusPage();
      metrics = found;
    }
    return found;
  }
}
