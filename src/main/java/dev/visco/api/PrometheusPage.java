package dev.visco.api;

import dev.visco.metrics.Metric;
import dev.visco.metrics.MetricHistogram;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The page that Prometheus scrapes: metrics of the life cycle, collected anew each time, and of
 * this process. Created on the first request, so that a daemon without monitoring starts faster.
 */
final class PrometheusPage {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<String, NamedMeter> known = new HashMap<>();

  /** A meter and its current value. */
  private record NamedMeter(Meter meter, AtomicReference<Double> value) {}

  PrometheusPage() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    // It listens for as long as the process lives; never closed.
    @SuppressWarnings("resource")
    var collections = new JvmGcMetrics();
    collections.bindTo(registry);
  }

  /** Renders the page; meters that no source reports any more are removed. */
  synchronized String page(List<Metric.MetricSource> sources) {
    Set<String> told = new HashSet<>();
    for (Metric.MetricSource source : sources) {
      for (Metric metric : source.metrics()) {
        told.add(metric.key());
        known.computeIfAbsent(metric.key(), key -> meter(metric)).value().set(metric.value());
      }
    }
    for (String key : List.copyOf(known.keySet())) {
      if (!told.contains(key)) {
        NamedMeter gone = known.remove(key);
        if (gone != null) {
          registry.remove(gone.meter());
        }
      }
    }
    List<MetricHistogram> histograms =
        sources.stream().flatMap(source -> source.histograms().stream()).toList();
    return registry.scrape() + MetricHistogram.page(histograms);
  }

  private NamedMeter meter(Metric metric) {
    var value = new AtomicReference<>(metric.value());
    var tags = new ArrayList<Tag>();
    metric.labels().forEach((name, label) -> tags.add(Tag.of(name, label)));
    Meter meter =
        metric.isCounter()
            ? FunctionCounter.builder(metric.name(), value, AtomicReference::get)
                .description(metric.meaning())
                .tags(tags)
                .register(registry)
            : Gauge.builder(metric.name(), value::get)
                .description(metric.meaning())
                .tags(tags)
                .strongReference(true)
                .register(registry);
    return new NamedMeter(meter, value);
  }
}
