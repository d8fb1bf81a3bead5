package dev.visco.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Histograms in the text format of Prometheus. */
class MetricHistogramTest {
  private static MetricHistogram of(Map<String, String> labels, long... counts) {
    return new MetricHistogram(
        "visco_wake_seconds",
        "seconds until a VM was awake",
        labels,
        List.of(0.5, 10.0),
        List.of(counts[0], counts[1]),
        counts[2],
        3.25);
  }

  @Test
  void thoseOfOneNameHaveOneHeadAndEachItsBuckets() {
    assertThat(
            MetricHistogram.page(
                List.of(of(Map.of("kind", "memory"), 1, 2, 3), of(Map.of(), 0, 0, 0))))
        .isEqualTo(
            """
            # HELP visco_wake_seconds seconds until a VM was awake
            # TYPE visco_wake_seconds histogram
            visco_wake_seconds_bucket{kind="memory",le="0.5"} 1
            visco_wake_seconds_bucket{kind="memory",le="10.0"} 2
            visco_wake_seconds_bucket{kind="memory",le="+Inf"} 3
            visco_wake_seconds_sum{kind="memory"} 3.25
            visco_wake_seconds_count{kind="memory"} 3
            visco_wake_seconds_bucket{le="0.5"} 0
            visco_wake_seconds_bucket{le="10.0"} 0
            visco_wake_seconds_bucket{le="+Inf"} 0
            visco_wake_seconds_sum 3.25
            visco_wake_seconds_count 0
            """);
    assertThat(MetricHistogram.page(List.of())).isEmpty();
  }

  @Test
  void everyBoundHasItsCount() {
    assertThatThrownBy(
            () -> new MetricHistogram("a", "b", Map.of(), List.of(1.0), List.of(1L, 2L), 2, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
