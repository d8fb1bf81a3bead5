package dev.visco.settings;

import dev.visco.model.Refused;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * The URL at which browsers reach the API through a reverse proxy.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a name or an address, in lower case
 * @param port -1 for the scheme's default
 * @param path the path that the proxy removes, like {@code /lab}; empty for none
 */
public record PublicUrl(String scheme, String host, int port, String path) {
  /** Parses the operator's text. */
  static PublicUrl of(String text) {
    return of(Key.PUBLIC_URL, text);
  }

  /** The same for {@code links.url}: names are put before its host, so that it is no address. */
  static PublicUrl above(String text) {
    PublicUrl url = of(Key.LINKS_URL, text);
    if (!url.path().isEmpty() || !url.host().matches("(?!.*\\.\\d+$)[a-z0-9.-]{1,230}")) {
      throw Refused.invalid(
          Key.LINKS_URL.path(),
          text,
          "is no host with names below it",
          "Give http or https, a host name, and perhaps a port, like https://ports.example.com.");
    }
    return url;
  }

  /** The same for another setting. */
  static PublicUrl of(Key key, String text) {
    try {
      URI uri = new URI(text.strip());
      String scheme = (uri.getScheme() + "").toLowerCase(Locale.ROOT);
      String host = uri.getHost();
      String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
      if (host != null
          && (scheme.equals("http") || scheme.equals("https"))
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && uri.getRawUserInfo() == null
          && uri.getPort() <= 65_535
          && path.matches("(/[A-Za-z0-9._~-]+)*")) {
        int usual = scheme.equals("http") ? 80 : 443;
        int port = uri.getPort() == usual ? -1 : uri.getPort();
        return new PublicUrl(scheme, host.toLowerCase(Locale.ROOT), port, path);
      }
    } catch (URISyntaxException e) {
      // Refused below.
    }
    throw Refused.invalid(
        key.path(),
        text,
        "is no web address",
        "Give http or https, a host, and perhaps a port and a path, like https://visco.example.com/lab.");
  }

  /** The {@code Origin} that browsers send for its pages (RFC 6454, 6.2). */
  public String origin() {
    return scheme + "://" + host + (port < 0 ? "" : ":" + port);
  }

  /** The part before every path of the API, without a slash at its end. */
  public String base() {
    return origin() + path;
  }
}
