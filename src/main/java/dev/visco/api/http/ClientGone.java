package dev.visco.api.http;

import java.io.IOException;

/**
 * The client closed the connection before its answer was complete. Not a fault: nobody is left to
 * be told.
 */
final class ClientGone extends IOException {
  private static final long serialVersionUID = 1L;

  ClientGone(Throwable cause) {
    super("the client has gone", cause);
  }
}
