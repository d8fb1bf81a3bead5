package dev.visco.api.http;

import dev.visco.settings.WebOrigins;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * What browsers must be told before a page of another origin gets an answer (the Fetch standard's
 * CORS protocol). No cookie is ever needed: a page shows a token or a ticket of its own.
 */
final class CrossOrigin {
  private static final String PREFIX = "Access-Control-";

  /** What a page that shows desktops calls, and nothing else. */
  private static final Pattern DESKTOP =
      Pattern.compile("/api(/v1)?/vms/[^/]+/(vnc|tickets|page-keys|desktop)");

  private final WebOrigins origins;

  CrossOrigin(WebOrigins origins) {
    this.origins = origins;
  }

  /** Whether a page of this origin may call this path. */
  boolean allows(String origin, String path) {
    return origins.api().contains(origin)
        || (origins.desktop().contains(origin) && DESKTOP.matcher(path).matches());
  }

  /** Whether a browser asks what it may send (a preflight); it shows no token yet. */
  static boolean isAsked(Request request) {
    return request.getMethod().equals("OPTIONS")
        && request.getHeaders().contains(PREFIX + "Request-Method");
  }

  /** Lets the page at the origin read the answer. */
  static void allow(String origin, Response response) {
    HttpFields.Mutable headers = response.getHeaders();
    headers.put(PREFIX + "Allow-Origin", origin);
    headers.add(HttpHeader.VARY, "Origin");
    headers.put(
        PREFIX + "Expose-Headers",
        "Content-Disposition, Content-Range, ETag, Link, Location, Retry-After, WWW-Authenticate");
  }

  /** Tells what may be sent. */
  static void tell(Response response) {
    HttpFields.Mutable headers = response.getHeaders();
    headers.put(PREFIX + "Allow-Methods", "DELETE, GET, HEAD, PATCH, POST, PUT");
    headers.put(
        PREFIX + "Allow-Headers",
        "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, Range");
    headers.put(PREFIX + "Max-Age", "600");
  }

  /** Those of an answer's headers that stay when the answer becomes another one. */
  static HttpFields kept(HttpFields headers) {
    HttpFields.Mutable kept = HttpFields.build();
    for (HttpField field : headers) {
      if (field.getName().startsWith(PREFIX) || field.getHeader() == HttpHeader.VARY) {
        kept.add(field);
      }
    }
    return kept;
  }
}
