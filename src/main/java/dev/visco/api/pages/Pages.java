package dev.visco.api.pages;

import dev.visco.api.pages.PageFiles.PageFile;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code /vms/{id}/desktop}, {@code /docs} and the files below {@code /pages/} to everybody:
 * there is no secret in them. The page gets its data from the API, with the secret in the user's
 * link.
 */
public final class Pages extends Handler.Wrapper {
  private static final Pattern DESKTOP = Pattern.compile("/vms/[^/]+/desktop");
  private static final Pattern FILE = Pattern.compile("/pages/([0-9a-f]+)/(.+)");

  private static final String POLICY = "Content-Security-Policy";

  /** Only ours runs, is shown, or is asked; nobody frames it or learns where the user came from. */
  private static final HttpFields GUARDS =
      HttpFields.build()
          .add(POLICY, policy("'none'"))
          .add("X-Content-Type-Options", "nosniff")
          .add("Referrer-Policy", "no-referrer")
          .add("Cross-Origin-Opener-Policy", "same-origin")
          .add("Cross-Origin-Resource-Policy", "same-origin")
          .add(
              "Permissions-Policy",
              "camera=(), geolocation=(), microphone=(), payment=(), usb=(), fullscreen=(self),"
                  + " clipboard-read=(self), clipboard-write=(self)")
          .asImmutable();

  private static final HttpField MAY_CHANGE =
      new HttpField(HttpHeader.CACHE_CONTROL, "private, no-cache");
  private static final HttpField NEVER_CHANGES =
      new HttpField(HttpHeader.CACHE_CONTROL, "public, max-age=31536000, immutable");

  private final String framed;
  private volatile @Nullable PageFiles files;

  /**
   * @param embedders origins whose pages may show a desktop in a frame
   */
  public Pages(Set<String> embedders, Handler next) {
    super(next);
    this.framed = policy(embedders.isEmpty() ? "'none'" : String.join(" ", embedders));
  }

  private static String policy(String embedders) {
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
        + " connect-src 'self'; frame-ancestors "
        + embedders
        + "; base-uri 'none'; form-action 'none';"
        + " require-trusted-types-for 'script'; trusted-types 'none'";
  }

  /** Loaded on first use, so that a daemon without pages starts faster. */
  private PageFiles files() {
    PageFiles known = files;
    if (known == null) {
      known = PageFiles.load();
      files = known;
    }
    return known;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String path = Request.getPathInContext(request);
    boolean isDocs = path.equals("/docs");
    if (!isDocs && !path.startsWith("/vms/") && !path.startsWith("/pages/")) {
      return super.handle(request, response, callback);
    }
    response.getHeaders().add(GUARDS);
    String method = request.getMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD, OPTIONS");
      if (method.equals("OPTIONS")) {
        response.setStatus(204);
        response.write(true, ByteBuffer.allocate(0), callback);
        return true;
      }
      send(405, files().missing(), request, response, callback);
    } else if (isDocs || DESKTOP.matcher(path).matches()) {
      response.getHeaders().put(MAY_CHANGE);
      if (!isDocs) {
        response.getHeaders().put(POLICY, framed);
      }
      send(200, isDocs ? files().docs() : files().desktop(), request, response, callback);
    } else {
      Optional<PageFile> file = file(path);
      response.getHeaders().put(file.isPresent() ? NEVER_CHANGES : MAY_CHANGE);
      send(
          file.isPresent() ? 200 : 404,
          file.orElseGet(files()::missing),
          request,
          response,
          callback);
    }
    return true;
  }

  private Optional<PageFile> file(String path) {
    Matcher named = FILE.matcher(path);
    return named.matches() && named.group(1).equals(files().version())
        ? files().find(named.group(2))
        : Optional.empty();
  }

  private static void send(
      int status, PageFile file, Request request, Response response, Callback callback) {
    HttpFields.Mutable headers = response.getHeaders();
    boolean isCompressed =
        request.getHeaders().getQualityCSV(HttpHeader.ACCEPT_ENCODING).contains("gzip");
    String tag = "\"" + file.tag() + (isCompressed ? "-gzip" : "") + "\"";
    headers.put(HttpHeader.ETAG, tag).put(HttpHeader.VARY, "Accept-Encoding");
    if (status == 200
        && request.getHeaders().getCSV(HttpHeader.IF_NONE_MATCH, true).contains(tag)) {
      response.setStatus(304);
      response.write(true, ByteBuffer.allocate(0), callback);
      return;
    }
    byte[] bytes = isCompressed ? file.compressed() : file.bytes();
    response.setStatus(status);
    headers.put(HttpHeader.CONTENT_TYPE, file.type());
    headers.put(HttpHeader.CONTENT_LENGTH, bytes.length);
    if (isCompressed) {
      headers.put(HttpHeader.CONTENT_ENCODING, "gzip");
    }
    boolean isHead = request.getMethod().equals("HEAD");
    response.write(true, isHead ? ByteBuffer.allocate(0) : ByteBuffer.wrap(bytes), callback);
  }
}
