package dev.visco.lifecycle;

import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/**
 * A session that counts as a use of its guest until it is closed.
 *
 * @param use closed with the session
 */
record UsedSession(GuestSession session, Uses.OpenUse use) implements GuestSession {
  @Override
  public GuestOutput exec(List<String> arguments, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    return session.exec(arguments, input, deadline, maxOutput);
  }

  @Override
  public GuestProcess start(List<String> arguments, OutputStream output, OutputStream error)
      throws IOException {
    return session.start(arguments, output, error);
  }

  @Override
  public GuestProcess terminal(
      List<String> arguments, String term, int columns, int rows, OutputStream output)
      throws IOException {
    return session.terminal(arguments, term, columns, rows, output);
  }

  @Override
  public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
    return session.dial(host, port, deadline);
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
