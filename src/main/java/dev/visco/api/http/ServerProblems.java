package dev.visco.api.http;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Problem documents for requests that Jetty refuses before any handler sees them. */
public final class ServerProblems implements Request.Handler {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProblems.class);

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Object cause = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
    int status = cause instanceof HttpException http ? http.getCode() : response.getStatus();
    if (status == HttpStatus.UPGRADE_REQUIRED_426) {
      status = HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505; // HTTP/2's preface; there is no upgrade.
    }
    var exchange = new Exchange(request, response, callback);
    if (status >= 500 && !(cause instanceof HttpException)) {
      String reference = Router.reference();
      LOG.error("{} {} failed ({})", request.getMethod(), status, reference, (Throwable) cause);
      exchange.json(status, Problems.fault(reference));
    } else {
      // What was not understood may have been a HEAD, whose client reads no content: the next
      // answer on this connection would begin with it.
      exchange.withHeader("Connection", "close");
      String reason = cause instanceof HttpException http ? http.getReason() : null;
      exchange.json(
          status,
          Problems.plain(
              status,
              (reason == null ? HttpStatus.getMessage(status) : reason) + ".",
              remedy(status)));
    }
    return true;
  }

  static String remedy(int status) {
    return switch (status) {
      case 400 ->
          "Send HTTP/1.1 as RFC 9112 has it, and the path as GET /api lists it: without empty"
              + " segments (//), \"..\" and an encoded \"/\".";
      case 413 -> "Send at most " + RequestBody.MAX_BYTES + " bytes.";
      case 414 -> "Send a shorter path and query.";
      case 431 -> "Send fewer or shorter header fields.";
      case 505 -> "Send HTTP/1.1.";
      default -> "Send HTTP/1.1 as RFC 9110 and RFC 9112 have it.";
    };
  }
}
