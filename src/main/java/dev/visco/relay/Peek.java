package dev.visco.relay;

import dev.visco.model.EgressRule;
import dev.visco.model.Ipv4;
import dev.visco.model.Refused;
import java.util.Locale;
import java.util.Optional;

/** What the first bytes of a connection say about the host that is meant. */
sealed interface Peek {
  /** The bytes that are looked at, at most; a ClientHello and a request's head are far shorter. */
  int MAX_BYTES = 16_384;

  /** The bytes so far are no whole beginning. */
  record More() implements Peek {}

  /**
   * The host that is meant.
   *
   * @param host a name in lower case, or an IPv4 address
   */
  record Host(String host) implements Peek {}

  /**
   * No host can be told.
   *
   * @param rule under which the connection is refused, a word
   */
  record Nameless(String rule) implements Peek {}

  /** The host of a Host header or a server name, without its port; empty for what is none. */
  static Optional<String> host(String text) {
    String host = text.toLowerCase(Locale.ROOT);
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    return EgressRule.isName(host) ? Optional.of(host) : Optional.empty();
  }

  /** An address that is written as one. */
  static Optional<Ipv4> literal(String host) {
    try {
      return Optional.of(Ipv4.of("host", host));
    } catch (Refused e) {
      return Optional.empty();
    }
  }
}
