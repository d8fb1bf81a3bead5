package dev.visco.metrics;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How often something took how long, as Prometheus has it (exposition formats, {@code histogram}).
 *
 * @param name as it is published, like {@code visco_wake_seconds}
 * @param meaning what it counts, for people
 * @param labels distinguish it from others of the same name; their values are words of ours
 * @param bounds upper ones, in ascending order
 * @param counts how many were no more than each bound
 * @param count of all
 * @param sum of all
 */
public record MetricHistogram(
    String name,
    String meaning,
    Map<String, String> labels,
    List<Double> bounds,
    List<Long> counts,
    long count,
    double sum) {
  public MetricHistogram {
    labels = Map.copyOf(labels);
    bounds = List.copyOf(bounds);
    counts = List.copyOf(counts);
    if (bounds.size() != counts.size()) {
      throw new IllegalArgumentException(bounds + " for " + counts);
    }
  }

  /** All of these, which have different names or labels, in the text format of Prometheus. */
  public static String page(List<MetricHistogram> all) {
    var text = new StringBuilder();
    String before = "";
    for (MetricHistogram one : all) {
      if (!one.name().equals(before)) {
        before = one.name();
        text.append("# HELP ").append(one.name()).append(' ').append(one.meaning()).append('\n');
        text.append("# TYPE ").append(one.name()).append(" histogram\n");
      }
      one.appendTo(text);
    }
    return text.toString();
  }

  private void appendTo(StringBuilder text) {
    String own =
        new TreeMap<>(labels)
            .entrySet().stream()
                .map(label -> label.getKey() + "=\"" + label.getValue() + "\"")
                .collect(Collectors.joining(","));
    String more = own.isEmpty() ? "" : own + ",";
    for (int at = 0; at < bounds.size(); at++) {
      line(text, "_bucket", more + "le=\"" + bounds.get(at) + "\"", counts.get(at) + "");
    }
    line(text, "_bucket", more + "le=\"+Inf\"", count + "");
    line(text, "_sum", own, sum + "");
    line(text, "_count", own, count + "");
  }

  private void line(StringBuilder text, String part, String inBraces, String value) {
    text.append(name).append(part);
    if (!inBraces.isEmpty()) {
      text.append('{').append(inBraces).append('}');
    }
    text.append(' ').append(value).append('\n');
  }
}
