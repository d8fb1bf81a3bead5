package dev.visco.network;

/**
 * Rules of another program that keep guests' packets from passing the host.
 *
 * @param family {@code ip} or {@code inet}
 * @param chain the base chain
 * @param hook {@code forward} or {@code input}
 * @param why what in it drops, for people: its policy, or a chain with a rule
 * @param isAnswer whether it is the answers that it drops, and not what the guest sends
 * @param isCertain whether these rules cannot let the packet pass; otherwise they have a rule that
 *     Visco cannot read
 */
public record Obstacle(
    String family,
    String table,
    String chain,
    String hook,
    String why,
    boolean isAnswer,
    boolean isCertain) {
  /** For people: {@code chain FORWARD of table ip filter drops answers (policy drop)}. */
  public String text() {
    return "chain %s of table %s %s drops %s (%s)"
        .formatted(chain, family, table, isAnswer ? "answers" : "what guests send", why);
  }
}
