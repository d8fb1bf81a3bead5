package dev.visco.api.link;

import dev.visco.api.link.LinkSites.LinkSite;
import dev.visco.link.LinkService.PortLink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The secret of a link in a request: in its query, as the link has it; in a header, for programs;
 * or in the cookie that a browser gets for it. No guest ever sees any of them.
 */
final class LinkSecret {
  /** The parameter of the query. */
  static final String PARAMETER = "visco-link";

  /** The header. */
  static final String HEADER = "X-Visco-Link";

  private static final String COOKIE = "visco-link";

  /**
   * With this beginning no other host, a VM's next to it above all, can set the cookie (RFC
   * 6265bis, 4.1.3.2); it takes HTTPS.
   */
  private static final String HOST_COOKIE = "__Host-visco-link";

  private LinkSecret() {}

  /** The parts of a query, without those of the secret. */
  private static Stream<String> parts(@Nullable String query, boolean isSecret) {
    return query == null
        ? Stream.empty()
        : Stream.of(query.split("&", -1))
            .filter(part -> (part + "=").startsWith(PARAMETER + "=") == isSecret);
  }

  /** In the query; empty when it is not there. */
  static Optional<String> inQuery(Request request) {
    return parts(request.getHttpURI().getQuery(), true)
        .map(part -> part.substring(Math.min(part.length(), PARAMETER.length() + 1)))
        .findFirst();
  }

  /** In the header or the query, or all those in cookies: a neighbour may have set one. */
  static List<String> all(Request request, LinkSite site) {
    var found = new ArrayList<String>();
    Optional.ofNullable(request.getHeaders().get(HEADER)).ifPresent(found::add);
    inQuery(request).ifPresent(found::add);
    if (found.isEmpty()) {
      cookies(request.getHeaders())
          .filter(cookie -> cookie.startsWith(cookie(site) + "="))
          .map(cookie -> cookie.substring(cookie(site).length() + 1))
          .limit(MAX_COOKIES)
          .forEach(found::add);
    }
    return found;
  }

  private static final int MAX_COOKIES = 4;

  private static String cookie(LinkSite site) {
    return site.isSecure() ? HOST_COOKIE : COOKIE;
  }

  private static Stream<String> cookies(HttpFields headers) {
    return headers.getValuesList(HttpHeader.COOKIE).stream()
        .flatMap(line -> Stream.of(line.split(";", -1)))
        .map(String::strip);
  }

  /** Whether a cookie of this name is ours, so that no guest may set it. */
  static boolean isOurs(String cookieName) {
    return cookieName.equalsIgnoreCase(COOKIE) || cookieName.equalsIgnoreCase(HOST_COOKIE);
  }

  /** The request's cookies without ours; empty when none is left. */
  static String otherCookies(HttpFields headers) {
    return cookies(headers)
        .filter(cookie -> !cookie.isEmpty() && !isOurs(cookie.split("=", 2)[0].strip()))
        .collect(Collectors.joining("; "));
  }

  /** Path and query without the secret. */
  static String target(Request request) {
    String path = request.getHttpURI().getPath();
    String query = parts(request.getHttpURI().getQuery(), false).collect(Collectors.joining("&"));
    return (path == null || path.isEmpty() ? "/" : path) + (query.isEmpty() ? "" : "?" + query);
  }

  /** The cookie that a browser gets for a link. */
  static String setCookie(LinkSite site, PortLink link, String secret, Instant now) {
    long seconds = Math.max(1, Duration.between(now, link.expires()).toSeconds());
    return cookie(site)
        + "="
        + secret
        + "; Path=/; Max-Age="
        + seconds
        + "; HttpOnly; SameSite=Lax"
        + (site.isSecure() ? "; Secure" : "");
  }
}
