package dev.visco.wire;

import java.util.Map;

/**
 * The answer of {@code /health}.
 *
 * @param status {@code starting} until the VMs of an earlier daemon are recovered, {@code stalled}
 *     when a required loop has not completed a round lately, else {@code ok}
 * @param build the running program
 * @param secondsSinceRound since the last completed round of each loop, by the loop's name; empty
 *     while it starts
 * @param vault {@code off}, {@code uninitialized}, {@code open}, or {@code closed} for one whose
 *     master key is not there
 * @param egressFailures VMs whose egress policy could not be applied, so that nothing leaves them
 *     that it is for; it is tried again by itself
 */
public record HealthDocument(
    String status,
    String build,
    long uptimeSeconds,
    long pid,
    Map<String, Double> secondsSinceRound,
    String vault,
    int egressFailures) {
  public HealthDocument {
    secondsSinceRound = Map.copyOf(secondsSinceRound);
  }
}
