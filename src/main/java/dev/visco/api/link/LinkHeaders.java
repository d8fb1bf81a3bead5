package dev.visco.api.link;

import dev.visco.api.link.LinkSites.LinkSite;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** Which header fields pass between a visitor and a guest, and how. */
final class LinkHeaders {
  /** Of one connection alone (RFC 9110, 7.6.1). */
  private static final Set<String> HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "http2-settings");

  /** What a visitor's request is told anew, or what is between visitor and Visco. */
  private static final Set<String> NOT_TO_GUEST =
      Set.of(
          "expect",
          "cookie",
          "content-length",
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-proto",
          "x-forwarded-port",
          "x-real-ip",
          "x-visco-link");

  /**
   * What would hold for more than the guest's own host name, or for more than this answer: cookies
   * and storage of the domain above, where to find the host, whether by HTTPS.
   */
  private static final Set<String> NOT_TO_VISITOR =
      Set.of(
          "set-cookie",
          "clear-site-data",
          "alt-svc",
          "strict-transport-security",
          "public-key-pins",
          "public-key-pins-report-only",
          "expect-ct",
          "report-to",
          "nel");

  private LinkHeaders() {}

  /** Whether the visitor asks to go on in another protocol, like a WebSocket. */
  static boolean asksForUpgrade(Request request) {
    HttpFields headers = request.getHeaders();
    return headers.contains(HttpHeader.UPGRADE)
        && headers.getCSV(HttpHeader.CONNECTION, false).stream()
            .anyMatch(option -> option.equalsIgnoreCase("upgrade"));
  }

  /** Those of one connection, among them what its Connection field names. */
  private static Set<String> hop(HttpFields headers) {
    Set<String> names = new HashSet<>(HOP);
    headers.getCSV(HttpHeader.CONNECTION, false).stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .forEach(names::add);
    return names;
  }

  /**
   * The head of a request to the guest, whose connection is for this request alone.
   *
   * @param isViscos whether an Authorization field is a secret of Visco's API
   * @param isBehindProxy whether to believe who came before
   */
  static String head(
      Request request, LinkSite site, Predicate<String> isViscos, boolean isBehindProxy) {
    HttpFields headers = request.getHeaders();
    Set<String> hop = hop(headers);
    var head = new StringBuilder();
    head.append(request.getMethod()).append(' ').append(LinkSecret.target(request));
    head.append(" HTTP/1.1\r\n");
    if (!headers.contains(HttpHeader.HOST)) {
      line(head, "Host", site.origin().replaceFirst("^https?://", ""));
    }
    for (HttpField field : headers) {
      String name = field.getLowerCaseName();
      String value = field.getValue() == null ? "" : field.getValue();
      boolean isSecret =
          name.equals("authorization") && isViscos.test(value)
              || name.equals("referer") && value.contains(LinkSecret.PARAMETER + "=");
      if (!hop.contains(name) && !NOT_TO_GUEST.contains(name) && !isSecret) {
        line(head, field.getName(), value);
      }
    }
    String cookies = LinkSecret.otherCookies(headers);
    if (!cookies.isEmpty()) {
      line(head, "Cookie", cookies);
    }
    forwarded(head, request, site, isBehindProxy);
    framing(head, request);
    return head.append("\r\n").toString();
  }

  private static void framing(StringBuilder head, Request request) {
    HttpFields headers = request.getHeaders();
    if (asksForUpgrade(request)) {
      line(head, "Connection", "Upgrade");
      line(head, "Upgrade", headers.get(HttpHeader.UPGRADE));
    } else {
      line(head, "Connection", "close");
    }
    if (isChunked(request)) {
      line(head, "Transfer-Encoding", "chunked");
    } else if (headers.contains(HttpHeader.CONTENT_LENGTH)) {
      line(head, "Content-Length", headers.get(HttpHeader.CONTENT_LENGTH));
    }
  }

  /** Whether the request has content whose length is not known. */
  static boolean isChunked(Request request) {
    return request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
  }

  /** Whether the request has content. */
  static boolean hasContent(Request request) {
    return isChunked(request) || request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > 0;
  }

  private static void forwarded(
      StringBuilder head, Request request, LinkSite site, boolean isBehindProxy) {
    String peer =
        request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress from
                && from.getAddress() != null
            ? from.getAddress().getHostAddress()
            : "unknown";
    String before =
        isBehindProxy
            ? String.join(", ", request.getHeaders().getValuesList(HttpHeader.X_FORWARDED_FOR))
            : "";
    line(head, "X-Forwarded-For", before.isEmpty() ? peer : before + ", " + peer);
    line(head, "X-Forwarded-Host", site.origin().replaceFirst("^https?://", ""));
    line(head, "X-Forwarded-Proto", site.isSecure() ? "https" : "http");
  }

  /** The parser of the server lets no line break into a value. */
  private static void line(StringBuilder head, String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }

  /**
   * Puts the fields of a guest's answer into the visitor's.
   *
   * @param port of the guest
   */
  static void answer(HttpFields from, HttpFields.Mutable to, LinkSite site) {
    Set<String> hop = hop(from);
    for (HttpField field : from) {
      String name = field.getLowerCaseName();
      String value = field.getValue() == null ? "" : field.getValue();
      if (name.equals("set-cookie")) {
        String cookie = ownCookie(value);
        if (!cookie.isEmpty()) {
          to.add(HttpHeader.SET_COOKIE, cookie);
        }
      } else if (name.equals("location")) {
        to.add(HttpHeader.LOCATION, location(value, site));
      } else if (!hop.contains(name) && !NOT_TO_VISITOR.contains(name)) {
        to.add(field.getName(), value);
      }
    }
  }

  /** The cookie for the guest's own host name alone; empty for one that a guest may not set. */
  static String ownCookie(String value) {
    String[] parts = value.split(";", -1);
    return LinkSecret.isOurs(parts[0].split("=", 2)[0].strip())
        ? ""
        : parts[0]
            + Arrays.stream(parts)
                .skip(1)
                .filter(part -> !part.split("=", 2)[0].strip().equalsIgnoreCase("domain"))
                .map(part -> ";" + part)
                .collect(Collectors.joining());
  }

  /**
   * Where a guest sends the visitor: an address of its own, as it knows itself, is the site's.
   * Everything else stays: a web page may send anybody anywhere.
   */
  static String location(String value, LinkSite site) {
    String name = site.origin().replaceFirst("^https?://", "");
    return Stream.of(
            "localhost:" + site.port(), "127.0.0.1:" + site.port(), "[::1]:" + site.port(), name)
        .flatMap(own -> Stream.of("http://" + own, "https://" + own))
        .filter(own -> value.toLowerCase(Locale.ROOT).startsWith(own))
        .map(own -> value.substring(own.length()))
        .filter(rest -> rest.isEmpty() || "/?#".indexOf(rest.charAt(0)) >= 0)
        .findFirst()
        .map(rest -> site.origin() + rest)
        .orElse(value);
  }
}
