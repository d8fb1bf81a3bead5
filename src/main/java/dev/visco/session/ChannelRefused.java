package dev.visco.session;

import java.io.IOException;

/**
 * The guest's sshd opened no further channel on a connection that is open: it has as many as it
 * allows (MaxSessions in sshd_config(5), 10 by default).
 */
final class ChannelRefused extends IOException {
  private static final long serialVersionUID = 1;

  ChannelRefused(String message, Throwable cause) {
    super(message, cause);
  }
}
