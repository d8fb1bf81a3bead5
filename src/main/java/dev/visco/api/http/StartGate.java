package dev.visco.api.http;

import dev.visco.wire.ProblemDocument;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers 503 to everything but {@code /health} until the daemon has recovered the VMs of an
 * earlier daemon: before that a request could see a half recovered VM.
 */
public final class StartGate extends Handler.Wrapper {
  private static final String OPEN = "/health";

  /** Recovery takes a second or two, and asking once a second costs little. */
  private static final String RETRY_SECONDS = "1";

  private final BooleanSupplier isStarted;

  public StartGate(BooleanSupplier isStarted, Handler guarded) {
    super(guarded);
    this.isStarted = isStarted;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (isStarted.getAsBoolean() || Request.getPathInContext(request).equals(OPEN)) {
      return super.handle(request, response, callback);
    }
    ProblemDocument problem = Problems.starting();
    var exchange = new Exchange(request, response, callback);
    exchange.withHeader(HttpHeader.RETRY_AFTER.asString(), RETRY_SECONDS);
    exchange.json(problem.status(), problem);
    return true;
  }
}
