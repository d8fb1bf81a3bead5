package dev.visco.relay.secret;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of TLS towards hosts whose requests get secrets: a host has to show a
 * certificate for its name by an authority that is trusted.
 *
 * @param patience how long a handshake may take
 */
public record HostTls(SSLSocketFactory sockets, Duration patience) {
  private static final String[] PROTOCOLS = {"http/1.1"};

  /** Trusts the authorities of the JDK. */
  public static HostTls ofJdk(Duration patience) {
    return new HostTls((SSLSocketFactory) SSLSocketFactory.getDefault(), patience);
  }

  /**
   * Trusts the authorities of the JDK, and those of a file.
   *
   * @param authorities certificates in PEM; null for none
   * @throws IOException when the file cannot be read, or has none
   */
  public static HostTls of(@Nullable Path authorities, Duration patience) throws IOException {
    if (authorities == null) {
      return ofJdk(patience);
    }
    try (InputStream in = Files.newInputStream(authorities)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int count = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("file-" + count++, one);
      }
      if (count == 0) {
        throw new IOException(authorities + " has no certificate");
      }
      for (X509Certificate one : trusted(null)) {
        store.setCertificateEntry("jdk-" + count++, one);
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(store), null);
      return new HostTls(context.getSocketFactory(), patience);
    } catch (GeneralSecurityException e) {
      throw new IOException(authorities + " has no certificates: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static X509Certificate[] trusted(@Nullable KeyStore store)
      throws GeneralSecurityException {
    for (TrustManager manager : managers(store)) {
      if (manager instanceof X509TrustManager known) {
        return known.getAcceptedIssuers();
      }
    }
    return new X509Certificate[0];
  }

  /** Begins TLS on a connection to a host, and checks who it is. */
  SSLSocket begin(Socket plain, String host) throws IOException {
    var socket = (SSLSocket) sockets.createSocket(plain, host, plain.getPort(), true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(PROTOCOLS);
    socket.setSSLParameters(parameters);
    shake(socket, plain, patience);
    return socket;
  }

  /** Begins TLS on a guest's connection. */
  static SSLSocket begin(Socket plain, InputStream begun, SSLContext server, Duration patience)
      throws IOException {
    var socket = (SSLSocket) server.getSocketFactory().createSocket(plain, begun, true);
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(PROTOCOLS);
    socket.setSSLParameters(parameters);
    shake(socket, plain, patience);
    return socket;
  }

  private static void shake(SSLSocket socket, Socket plain, Duration patience) throws IOException {
    plain.setSoTimeout((int) patience.toMillis());
    socket.startHandshake();
    socket.setSoTimeout(0);
  }
}
