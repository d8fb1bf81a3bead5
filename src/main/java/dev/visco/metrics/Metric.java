package dev.visco.metrics;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The value of one metric at this moment.
 *
 * @param name words separated by dots, like {@code visco.vms}
 * @param isCounter whether it is a counter, which only grows; otherwise a gauge
 * @param meaning what it counts, for people
 * @param labels distinguish it from others of the same name
 */
public record Metric(
    String name, boolean isCounter, String meaning, Map<String, String> labels, double value) {
  public Metric {
    labels = Map.copyOf(labels);
  }

  public static Metric gauge(
      String name, String meaning, Map<String, String> labels, double value) {
    return new Metric(name, false, meaning, labels, value);
  }

  public static Metric counter(
      String name, String meaning, Map<String, String> labels, double value) {
    return new Metric(name, true, meaning, labels, value);
  }

  /** Equal for two with the same name and labels, whatever their order. */
  public String key() {
    return name + new TreeMap<>(labels);
  }

  /** Provides metrics. */
  @FunctionalInterface
  public interface MetricSource {
    Iterable<Metric> metrics();

    /** Those that are no single numbers. */
    default List<MetricHistogram> histograms() {
      return List.of();
    }
  }
}
