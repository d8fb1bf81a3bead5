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
 */
public record HealthDocument(
    String status,
    String build,
    long uptimeSeconds,
    long pid,
    Map<String, Double> secondsSinceRound) {
  public HealthDocument {
    secondsSinceRound = Map.copyOf(secondsSinceRound);
  }
}
