package dev.visco.relay.secret;

import java.io.IOException;

/** A message that is not passed on. The text tells guests why, and nothing of a secret. */
public final class NotPassedOn extends IOException {
  private static final long serialVersionUID = 1L;

  /** The rule that refuses requests while their secret cannot be had. */
  static final String NO_SECRET = "no-secret";

  private final int status;
  private final String rule;

  /**
   * @param status of HTTP for whoever waits for an answer
   * @param rule that refuses it, a word
   */
  public NotPassedOn(int status, String rule, String message) {
    super(message);
    this.status = status;
    this.rule = rule;
  }

  /** The secret cannot be had now. */
  public static NotPassedOn noSecret(String message) {
    return new NotPassedOn(503, NO_SECRET, message);
  }

  /** What a guest has sent is not passed on, or what a host has answered. */
  static NotPassedOn message(int status, String message) {
    return new NotPassedOn(status, status < 500 ? "bad-request" : "bad-answer", message);
  }

  int status() {
    return status;
  }

  /** The rule that refuses it. */
  public String rule() {
    return rule;
  }
}
