package dev.visco.network;

/**
 * Rules of another program that drop guests' packets.
 *
 * @param family {@code ip} or {@code inet}
 * @param chain the base chain
 * @param hook {@code forward} or {@code input}
 * @param why what drops the packets, for people: the chain's policy, or a chain with a rule
 * @param isAnswer whether it drops the answers, not what the guest sends
 * @param isCertain whether the packets are certainly dropped; otherwise there is a rule that Visco
 *     cannot evaluate
 */
public record Obstacle(
    String family,
    String table,
    String chain,
    String hook,
    String why,
    boolean isAnswer,
    boolean isCertain) {
  /** A text for people: {@code chain FORWARD of table ip filter drops answers (policy drop)}. */
  public String text() {
    return "chain %s of table %s %s drops %s (%s)"
        .formatted(chain, family, table, isAnswer ? "answers" : "what guests send", why);
  }
}
