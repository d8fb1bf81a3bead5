package dev.visco.api;

import java.io.IOException;

/** Nobody reads the answer any more: no fault of ours, and nobody is left to be told. */
final class ClientGone extends IOException {
  private static final long serialVersionUID = 1L;

  ClientGone(Throwable cause) {
    super("the client has gone", cause);
  }
}
