package dev.visco.relay.secret;

import java.util.List;
import javax.net.ssl.SSLContext;

/** A host whose requests get secrets. */
public interface InterceptedHost {
  /**
   * The server's side of TLS towards the guest.
   *
   * @throws NotPassedOn when there is no certificate for it
   */
  SSLContext server() throws NotPassedOn;

  /** Placeholders that are looked for. Asking for these reads no secret. */
  List<ExchangedField> fields();

  /** Where the value for a placeholder comes from. */
  interface ValueSource {
    /**
     * The value, which the caller zeroes.
     *
     * @throws NotPassedOn when it cannot be had now
     */
    byte[] read() throws NotPassedOn;
  }

  /**
   * A placeholder in a header.
   *
   * @param header its name
   * @param scheme before the placeholder; empty for none
   * @param text the placeholder
   * @param webSocket whether handshakes of WebSockets get the value too
   * @param isSecret whether no answer may have the value
   * @param source of the value
   */
  record ExchangedField(
      String header,
      String scheme,
      String text,
      boolean webSocket,
      boolean isSecret,
      ValueSource source) {}
}
