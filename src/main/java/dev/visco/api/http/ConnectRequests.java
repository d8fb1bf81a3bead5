package dev.visco.api.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Makes {@code CONNECT VM:PORT}, as clients ask an HTTP proxy (RFC 9110, 9.3.6), a call of the
 * route of a guest's ports, so that the same callers may do it and it is in the audit. The token
 * comes in {@code Proxy-Authorization}, as a bearer token or, for clients that know nothing else,
 * as the password of any user. No page can make a browser send any of it.
 */
public final class ConnectRequests extends Handler.Wrapper {
  private static final Pattern TARGET =
      Pattern.compile("(?<vm>[A-Za-z0-9-]{1,63}):(?<port>\\d{1,5})");
  private static final String CHALLENGE = "Basic realm=\"visco\", Bearer realm=\"visco\"";

  public ConnectRequests(Handler next) {
    super(next);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!request.getMethod().equals("CONNECT")) {
      return super.handle(request, response, callback);
    }
    var exchange = new Exchange(request, response, callback);
    String authority = request.getHttpURI().getAuthority();
    Matcher target = TARGET.matcher(authority == null ? "" : authority);
    if (!target.matches()) {
      refuse(exchange, 400, "CONNECT takes a VM and a port.", "Ask for VM:PORT, like web:8080.");
      return true;
    }
    Optional<String> token = token(request);
    if (token.isEmpty()) {
      exchange.withHeader(HttpHeader.PROXY_AUTHENTICATE.asString(), CHALLENGE);
      refuse(
          exchange,
          407,
          "No token came with this request.",
          "Send it in Proxy-Authorization: as a bearer token, or as the password of any user.");
      return true;
    }
    String path = "/api/vms/" + target.group("vm") + "/ports/" + target.group("port");
    return super.handle(
        new PortRequest(request, path, token.get()), new ProxyResponse(response), callback);
  }

  private static void refuse(Exchange exchange, int status, String detail, String remedy) {
    exchange.withHeader("Connection", "close");
    exchange.json(status, Problems.plain(status, detail, remedy));
  }

  private static Optional<String> token(Request request) {
    String shown = request.getHeaders().get(HttpHeader.PROXY_AUTHORIZATION);
    String[] parts = shown == null ? new String[0] : shown.strip().split(" +", 2);
    if (parts.length < 2) {
      return Optional.empty();
    }
    return switch (parts[0].toLowerCase(java.util.Locale.ROOT)) {
      case "bearer" -> Optional.of(parts[1]);
      case "basic" -> password(parts[1]);
      default -> Optional.empty();
    };
  }

  /** Some clients have room for a user alone. */
  private static Optional<String> password(String encoded) {
    try {
      String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      String password = colon < 0 ? "" : pair.substring(colon + 1);
      String token = password.isEmpty() ? pair.substring(0, Math.max(colon, 0)) : password;
      return token.isEmpty() ? Optional.empty() : Optional.of(token);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** As the route's callers send it. */
  private static final class PortRequest extends Request.Wrapper {
    private final HttpURI uri;
    private final HttpFields headers;

    PortRequest(Request request, String path, String token) {
      super(request);
      uri = HttpURI.from(path);
      headers =
          HttpFields.build(request.getHeaders())
              .remove(HttpHeader.HOST)
              .remove(HttpHeader.PROXY_AUTHORIZATION)
              .put(HttpHeader.AUTHORIZATION, "Bearer " + token)
              .asImmutable();
    }

    @Override
    public HttpURI getHttpURI() {
      return uri;
    }

    @Override
    public HttpFields getHeaders() {
      return headers;
    }
  }

  /** A proxy's clients know 407 for what is 401 elsewhere. */
  private static final class ProxyResponse extends Response.Wrapper {
    private static final int UNAUTHORIZED = 401;

    ProxyResponse(Response response) {
      super(null, response);
    }

    @Override
    public void setStatus(int code) {
      if (code == UNAUTHORIZED) {
        getHeaders().put(HttpHeader.PROXY_AUTHENTICATE, CHALLENGE);
      }
      super.setStatus(code == UNAUTHORIZED ? 407 : code);
      if (code >= 400) {
        getHeaders().put(HttpHeader.CONNECTION, "close");
      }
    }
  }
}
