package dev.visco.relay;

import dev.visco.relay.secret.HostTls;
import dev.visco.relay.secret.Interception;
import java.time.Duration;

/**
 * By what a guest's connections are judged and opened.
 *
 * @param dialer opens them
 * @param interception the hosts whose requests get secrets
 * @param tls towards these hosts
 */
public record RelayRules(Dialer dialer, Interception interception, HostTls tls) {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Rules by which no request gets a secret. */
  public static RelayRules of(Dialer dialer) {
    return new RelayRules(dialer, Interception.NONE, HostTls.ofJdk(PATIENCE));
  }
}
