package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.session.PinnedTrust;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How the certificate of an https server is checked: its chain and its name (RFC 9110, 4.3.4), or
 * whether it is exactly one that is known.
 *
 * @param ca a PEM file with the certificates of those who may have signed it; null for those of the
 *     Java runtime
 * @param isExact whether the file has the server's own certificate, whatever name and dates it has
 */
public record ServerTrust(@Nullable Path ca, boolean isExact) {
  /** In whom this file names, or the Java runtime. */
  static ServerTrust inSigners(@Nullable Path ca) {
    return new ServerTrust(ca, false);
  }

  /** In the very certificates of a file: those of this host's daemon. */
  public static ServerTrust inExactly(Path certificates) {
    return new ServerTrust(certificates, true);
  }

  /**
   * TLS over a connection.
   *
   * @throws Refused when the file of certificates is none
   */
  Socket over(Socket plain, String host, int port) throws IOException {
    var socket = (SSLSocket) context().getSocketFactory().createSocket(plain, host, port, true);
    if (!isExact) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
    }
    socket.startHandshake();
    return socket;
  }

  /** For libraries that make connections of their own. */
  SSLContext context() {
    try {
      if (ca == null) {
        return SSLContext.getDefault();
      }
      if (isExact) {
        return PinnedTrust.context(ca);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(certificates(ca));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no TLS", e);
    }
  }

  private static KeyStore certificates(Path file) throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try (InputStream in = Files.newInputStream(file)) {
      store.load(null, null);
      int number = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + number++, one);
      }
      if (number > 0) {
        return store;
      }
    } catch (IOException | GeneralSecurityException e) {
      throw noCertificates(file, e.getMessage() + "");
    }
    throw noCertificates(file, "there is none in it");
  }

  private static Refused noCertificates(Path file, String why) {
    return Refused.invalid(
        "ca",
        file.toString(),
        "is no file of certificates (" + why + ")",
        "Give a PEM file with the certificate of who signed the server's, or with the server's own.");
  }
}
