package dev.visco.metrics;

import dev.visco.lifecycle.Wakes;
import dev.visco.lifecycle.Wakes.SleepOutcome;
import dev.visco.lifecycle.Wakes.Times;
import dev.visco.lifecycle.Wakes.WakeKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Sleeps and wakes of VMs since the daemon's start. */
public final class SleepMetrics implements Metric.MetricSource {
  private final Wakes wakes;

  public SleepMetrics(Wakes wakes) {
    this.wakes = wakes;
  }

  @Override
  public List<Metric> metrics() {
    var found = new ArrayList<Metric>();
    wakes
        .sleeps()
        .forEach((outcome, number) ->
            found.add(
                Metric.counter(
                    "visco.sleeps",
                    "VMs that were put to sleep, or were not",
                    Map.of("outcome", word(outcome)),
                    number)));
    wakes
        .wakes()
        .forEach((kind, number) ->
            found.add(
                Metric.counter(
                    "visco.wakes",
                    "VMs that were woken, by what from, or were not",
                    Map.of("kind", word(kind)),
                    number)));
    return found;
  }

  @Override
  public List<MetricHistogram> histograms() {
    var found = new ArrayList<MetricHistogram>();
    wakes.times().forEach((kind, times) -> found.add(histogram(word(kind), times)));
    return found;
  }

  private static MetricHistogram histogram(String kind, Times times) {
    var counts = new ArrayList<Long>();
    for (long count : times.counts()) {
      counts.add(count);
    }
    return new MetricHistogram(
        "visco_wake_seconds",
        "seconds from the request until a VM was awake",
        Map.of("kind", kind),
        Wakes.BOUNDS,
        counts,
        times.count(),
        times.seconds());
  }

  private static String word(SleepOutcome outcome) {
    return switch (outcome) {
      case ASLEEP -> "asleep";
      case KEPT_AWAKE -> "kept-awake";
      case FAILED -> "failed";
    };
  }

  private static String word(WakeKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
