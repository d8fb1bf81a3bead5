package dev.visco.lifecycle;

import dev.visco.session.GuestCommand;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestFiles;
import dev.visco.session.GuestSession;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A session that counts as a use of its guest until it is closed.
 *
 * @param use closed with the session
 */
record UsedSession(GuestSession session, Uses.OpenUse use) implements GuestSession {
  @Override
  public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    return session.exec(command, input, deadline, maxOutput);
  }

  @Override
  public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
      throws IOException {
    return session.start(command, output, error);
  }

  @Override
  public GuestProcess terminal(
      GuestCommand command, String term, int columns, int rows, OutputStream output)
      throws IOException {
    return session.terminal(command, term, columns, rows, output);
  }

  @Override
  public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
    return session.dial(host, port, deadline);
  }

  @Override
  public GuestFiles files() throws IOException {
    return session.files();
  }

  @Override
  public String hostKey() {
    return session.hostKey();
  }

  @Override
  public boolean isOpen() {
    return session.isOpen();
  }

  @Override
  public void close() {
    try {
      session.close();
    } finally {
      use.close();
    }
  }
}
