package dev.visco.metrics;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Selects which of the some two hundred metrics of a VMM are published, by Firecracker's names
 * ({@code src/vmm/src/logger/metrics.rs}, {@code docs/metrics.md}): traffic, errors and throttling
 * of each disk and network card, exits of the virtual processors, faults of the VMM, and how long
 * its actions took. They are some seventy for each VM at most, since a guest can add neither a
 * device nor a name. Sums over all devices are left out: Prometheus would count everything twice.
 */
final class PublishedMetrics {
  private static final Pattern DISK =
      Pattern.compile(
          "block_[^.]+\\.(read|write)_(bytes|count|agg\\.sum_us)"
              + "|block_[^.]+\\.(flush_count|invalid_reqs_count|rate_limiter_throttled_events"
              + "|io_engine_throttled_events|[a-z]+_fails)");

  private static final Pattern NETWORK =
      Pattern.compile(
          "net_[^.]+\\.(rx|tx)_(bytes_count|packets_count|rate_limiter_throttled)"
              + "|net_[^.]+\\.(tx_malformed_frames|tx_spoofed_mac_count|[a-z_]+_fails)");

  private static final Set<String> OTHERS =
      Set.of(
          "vcpu.exit_io_in",
          "vcpu.exit_io_out",
          "vcpu.exit_mmio_read",
          "vcpu.exit_mmio_write",
          "vcpu.failures",
          "vmm.panic_count",
          "seccomp.num_faults",
          "uart.error_count",
          "uart.rate_limiter_dropped_bytes",
          "logger.missed_metrics_count");

  private PublishedMetrics() {}

  /**
   * Whether this metric is published.
   *
   * @param name like {@code net_eth0.rx_bytes_count}
   */
  static boolean has(String name) {
    return OTHERS.contains(name)
        || name.startsWith("signals.")
        || name.startsWith("latencies_us.")
        || DISK.matcher(name).matches()
        || NETWORK.matcher(name).matches();
  }
}
