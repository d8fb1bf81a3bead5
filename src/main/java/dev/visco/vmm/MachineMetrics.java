package dev.visco.vmm;

import java.util.Map;

/**
 * The metrics of a VMM, by names like {@code net_eth0.rx_bytes_count}.
 *
 * @param counts increments since the last call, for the caller to add up
 * @param levels present values
 */
public record MachineMetrics(Map<String, Long> counts, Map<String, Long> levels) {
  /** No metrics. */
  public static final MachineMetrics NONE = new MachineMetrics(Map.of(), Map.of());

  public MachineMetrics {
    counts = Map.copyOf(counts);
    levels = Map.copyOf(levels);
  }
}
