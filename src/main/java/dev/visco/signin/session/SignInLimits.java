package dev.visco.signin.session;

import java.time.Duration;

/**
 * Limits of sign-ins.
 *
 * @param perUser sign-ins of one user at a time
 * @param idle after which one ends whose user is not heard of: no open desktop, no heartbeat
 * @param maxTime of one sign-in, from its start
 */
public record SignInLimits(int perUser, Duration idle, Duration maxTime) {
  /** For a tool to give its link or its code, after its VM is ready. */
  static final Duration FIRST_LINK = Duration.ofMinutes(5);

  /** For a tool to end after the provider's page has come back to it, or a code was pasted. */
  static final Duration EXCHANGE = Duration.ofMinutes(2);

  /** For the tool to ask its provider whether it accepts the credential. */
  static final Duration CHECK = Duration.ofMinutes(5);
}
