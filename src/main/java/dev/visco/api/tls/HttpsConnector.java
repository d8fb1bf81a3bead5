package dev.visco.api.tls;

import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** The protocols of an API that speaks HTTPS. */
public final class HttpsConnector {
  private HttpsConnector() {}

  /**
   * HTTP within TLS 1.2 and later. Who speaks plain HTTP is known by the first byte, and told so by
   * {@link HttpsOnly}.
   *
   * @param hsts see {@link dev.visco.settings.TlsFiles}
   */
  public static List<ConnectionFactory> protocols(
      HttpConfiguration configuration, CurrentCertificate certificate, Duration hsts) {
    // Which names are known is BrowserGuard's to say.
    var customizer = new SecureRequestCustomizer(false);
    if (hsts.isPositive()) {
      customizer.setStsMaxAge(hsts.toSeconds());
    }
    configuration.addCustomizer(customizer);
    var context = new SslContextFactory.Server();
    context.setSslContext(certificate.context());
    context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    context.setRenegotiationAllowed(false);
    var tls = new SslConnectionFactory(context, HttpVersion.HTTP_1_1.asString());
    return List.of(new DetectorConnectionFactory(tls), new HttpConnectionFactory(configuration));
  }
}
