package dev.visco.relay;

/**
 * A connection that is not made.
 *
 * <p>The rule is an entry of the policy's lists ({@code deny example.com}) or a word for a rule
 * that always holds; the message says more for people.
 */
public final class ConnectionRefusal extends Exception {
  private static final long serialVersionUID = 1L;
  private final String rule;

  ConnectionRefusal(String rule, String message) {
    super(message);
    this.rule = rule;
  }

  /** The rule that refused it. */
  public String rule() {
    return rule;
  }
}
