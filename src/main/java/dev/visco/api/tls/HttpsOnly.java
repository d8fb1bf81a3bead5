package dev.visco.api.tls;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Problems;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Leads browsers that come by plain HTTP to HTTPS, and refuses programs: a token that was sent in
 * the clear shall not seem to work.
 */
public final class HttpsOnly extends Handler.Wrapper {
  private static final Set<String> READING = Set.of("GET", "HEAD");

  public HttpsOnly(Handler guarded) {
    super(guarded);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (request.isSecure()) {
      return super.handle(request, response, callback);
    }
    String host = request.getHeaders().get(HttpHeader.HOST);
    boolean isPage =
        READING.contains(request.getMethod())
            && !request.getHeaders().contains(HttpHeader.AUTHORIZATION);
    var exchange = new Exchange(request, response, callback);
    if (isPage && host != null) {
      exchange.withHeader("Location", "https://" + host + request.getHttpURI().getPathQuery());
      exchange.empty(308);
    } else {
      exchange.json(
          400,
          Problems.plain(
              400,
              "This address speaks HTTPS, and the request came by plain HTTP.",
              "Call https:// instead, and make a new token if one was sent."));
    }
    return true;
  }
}
