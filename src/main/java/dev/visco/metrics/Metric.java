package dev.visco.metrics;

import java.util.Map;
import java.util.TreeMap;

/**
 * One number about this host at this moment.
 *
 * @param name words with dots between them, like {@code visco.vms}
 * @param isCounter whether it only grows
 * @param meaning what it counts, in a sentence
 * @param labels what tells it from others of its name
 */
public record Metric(
    String name, boolean isCounter, String meaning, Map<String, String> labels, double value) {
  public Metric {
    labels = Map.copyOf(labels);
  }

  static Metric gauge(String name, String meaning, Map<String, String> labels, double value) {
    return new Metric(name, false, meaning, labels, value);
  }

  static Metric counter(String name, String meaning, Map<String, String> labels, double value) {
    return new Metric(name, true, meaning, labels, value);
  }

  /** The same for one with the same name and labels, whatever their order. */
  public String key() {
    return name + new TreeMap<>(labels);
  }

  /** Something that has numbers to tell. */
  @FunctionalInterface
  public interface MetricSource {
    Iterable<Metric> metrics();
  }
}
