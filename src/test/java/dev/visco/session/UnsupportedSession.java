package dev.visco.session;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** A session of which a test uses but a part: all else fails. */
public abstract class UnsupportedSession implements GuestSession {
  @Override
  public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput) {
    throw new UnsupportedOperationException();
  }

  @Override
  public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public GuestProcess terminal(
      GuestCommand command, String term, int columns, int rows, OutputStream output) {
    throw new UnsupportedOperationException();
  }

  @Override
  public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public GuestFiles files() {
    throw new UnsupportedOperationException();
  }

  @Override
  public String hostKey() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
