package dev.visco.api.http;

import dev.visco.settings.PublicUrl;
import dev.visco.settings.WebOrigins;
import dev.visco.wire.ProblemDocument;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests of other web sites' pages, for WebSockets too, which no same-origin policy
 * protects (RFC 6455, 10.2). A page can point a host name of its own at this host (DNS rebinding),
 * so only known names are answered, and numeric addresses, which cannot be rebound.
 */
public final class BrowserGuard extends Handler.Wrapper {
  private static final Pattern PORT = Pattern.compile(":\\d*$");
  private static final Pattern NUMBERS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");
  private final Set<String> names = new TreeSet<>();
  private final @Nullable PublicUrl publicUrl;
  private final CrossOrigin others;

  /**
   * @param listenHost the address or name that the API listens on
   * @param names further names that lead here
   * @param publicUrl where browsers reach the API, null for where it listens
   * @param origins whose pages may call it besides its own
   */
  public BrowserGuard(
      String listenHost,
      Set<String> names,
      @Nullable PublicUrl publicUrl,
      WebOrigins origins,
      Handler guarded) {
    super(guarded);
    this.others = new CrossOrigin(origins);
    this.publicUrl = publicUrl;
    if (publicUrl != null) {
      this.names.add(publicUrl.host());
    }
    this.names.add("localhost");
    this.names.add(listenHost.toLowerCase(Locale.ROOT));
    names.forEach(name -> this.names.add(name.toLowerCase(Locale.ROOT)));
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String host = header(request, HttpHeader.HOST).orElse("");
    String origin = header(request, HttpHeader.ORIGIN).orElse("");
    Optional<ProblemDocument> problem = hostProblem(host);
    if (problem.isEmpty() && others.allows(origin, Request.getPathInContext(request))) {
      CrossOrigin.allow(origin, response);
      if (CrossOrigin.isAsked(request)) {
        CrossOrigin.tell(response);
        new Exchange(request, response, callback).empty(204);
        return true;
      }
      return super.handle(request, response, callback);
    }
    problem = problem.or(() -> originProblem(origin, Exchange.scheme(request) + host));
    if (problem.isEmpty()) {
      return super.handle(request, response, callback);
    }
    new Exchange(request, response, callback).json(problem.get().status(), problem.get());
    return true;
  }

  private static Optional<String> header(Request request, HttpHeader name) {
    return Optional.ofNullable(request.getHeaders().get(name))
        .map(value -> value.toLowerCase(Locale.ROOT));
  }

  /** Every browser sends the Host header; HTTP/1.0 clients may leave it out. */
  private Optional<ProblemDocument> hostProblem(String host) {
    // A name may end with the root's dot (RFC 3986, 3.2.2).
    String name = PORT.matcher(host).replaceFirst("").replaceFirst("(?<=.)\\.$", "");
    return name.isEmpty() || names.contains(name) || NUMBERS.matcher(name).matches()
        ? Optional.empty()
        : Optional.of(
            Problems.foreign(
                "The Host \"" + name + "\" is no name of this API.",
                "Call it by its address or localhost, or name it in api.hosts (VISCO_HOSTS)."));
  }

  /** The only origin that serves our pages: {@code api.public-url} if set, else the called host. */
  private Optional<ProblemDocument> originProblem(String origin, String called) {
    String own = publicUrl == null ? called : publicUrl.origin();
    return origin.isEmpty() || origin.equals(own)
        ? Optional.empty()
        : Optional.of(
            Problems.foreign(
                "The Origin \"" + origin + "\" is another site's page.",
                "Call the API from its own pages at "
                    + own
                    + ", or without a browser; what browsers call it is set by api.public-url"
                    + " (VISCO_PUBLIC_URL), and whose pages may call it by api.cors-origins"
                    + " (VISCO_CORS_ORIGINS)."));
  }
}
