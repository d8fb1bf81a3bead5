package dev.visco.api.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the certificate of the moment and its key. A handshake that has begun with one ends
 * with it, also when another is shown meanwhile.
 */
final class ShownKeys extends X509ExtendedKeyManager {
  private record Shown(int number, ServerCertificate certificate, @Nullable Shown before) {
    String alias() {
      return Integer.toString(number);
    }
  }

  private volatile Shown shown;

  ShownKeys(ServerCertificate first) {
    this.shown = new Shown(0, first, null);
  }

  ServerCertificate current() {
    return shown.certificate();
  }

  synchronized void show(ServerCertificate next) {
    var last = new Shown(shown.number(), shown.certificate(), null);
    shown = new Shown(last.number() + 1, next, last);
  }

  private @Nullable ServerCertificate of(String alias) {
    for (Shown one = shown; one != null; one = one.before()) {
      if (one.alias().equals(alias)) {
        return one.certificate();
      }
    }
    return null;
  }

  private @Nullable String alias(String kind) {
    Shown now = shown;
    return now.certificate().leaf().getPublicKey().getAlgorithm().equals(kind) ? now.alias() : null;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String kind, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return alias(kind);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String kind, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return alias(kind);
  }

  @Override
  public String @Nullable [] getServerAliases(String kind, Principal @Nullable [] issuers) {
    String alias = alias(kind);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    ServerCertificate one = of(alias);
    return one == null ? null : one.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    ServerCertificate one = of(alias);
    return one == null ? null : one.key();
  }

  @Override
  public String @Nullable [] getClientAliases(String kind, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] kinds, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
