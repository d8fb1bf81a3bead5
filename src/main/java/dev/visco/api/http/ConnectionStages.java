package dev.visco.api.http;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Reports to the connector whether a connection is answering a request or waiting for the next one.
 */
public final class ConnectionStages extends Handler.Wrapper {
  public ConnectionStages(Handler next) {
    super(next);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    ApiConnector.of(request)
        .entry(request)
        .ifPresent(entry -> {
          entry.enter(ApiConnector.ConnectionStage.ANSWER);
          Request.addCompletionListener(
              request,
              failure ->
                  // A WebSocket has its own limits, and showed a token or ticket.
                  entry.enter(
                      request.getAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE) == null
                          ? ApiConnector.ConnectionStage.HEAD
                          : ApiConnector.ConnectionStage.KNOWN));
        });
    return super.handle(request, response, callback);
  }
}
