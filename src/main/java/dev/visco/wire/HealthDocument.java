package dev.visco.wire;

import java.util.Map;

/**
 * The answer of {@code /health}.
 *
 * @param status {@code starting} until what an earlier daemon left is taken up, {@code stalled}
 *     when a loop that is needed has not gone round lately, else {@code ok}
 * @param build the running program
 * @param secondsSinceRound since each of its loops last went round, by the loop's name; empty while
 *     it starts
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
