package dev.visco.vmm;

import java.util.Map;

/**
 * What a VMM says of its devices, by names like {@code net_eth0.rx_bytes_count}.
 *
 * @param counts what has come to pass since it was last asked; the caller adds them up
 * @param levels what is so now
 */
public record MachineMetrics(Map<String, Long> counts, Map<String, Long> levels) {
  /** Nothing is counted. */
  public static final MachineMetrics NONE = new MachineMetrics(Map.of(), Map.of());

  public MachineMetrics {
    counts = Map.copyOf(counts);
    levels = Map.copyOf(levels);
  }
}
