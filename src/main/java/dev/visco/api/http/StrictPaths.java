package dev.visco.api.http;

import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses paths that two programs may read in two ways: with empty segments, {@code ..} that is
 * encoded, or an encoded slash. The server takes them for guests' applications alone, which get
 * them as they came.
 */
public final class StrictPaths extends Handler.Wrapper {
  /** What the server takes for applications of guests. */
  public static final UriCompliance OF_GUESTS =
      UriCompliance.DEFAULT.with(
          "guests",
          UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT,
          UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING,
          UriCompliance.Violation.AMBIGUOUS_PATH_PARAMETER,
          UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
          UriCompliance.Violation.SUSPICIOUS_PATH_CHARACTERS);

  public StrictPaths(Handler next) {
    super(next);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String wrong =
        UriCompliance.checkUriCompliance(UriCompliance.DEFAULT, request.getHttpURI(), null);
    if (wrong == null) {
      return super.handle(request, response, callback);
    }
    var exchange = new Exchange(request, response, callback);
    exchange.withHeader("Connection", "close");
    exchange.json(400, Problems.plain(400, wrong + ".", ServerProblems.remedy(400)));
    return true;
  }
}
