package dev.visco.session;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/** A live connection into one guest. */
public interface GuestSession extends AutoCloseable {
  /**
   * Runs a command to its end. Arguments reach it as they are: quoted for the guest's shell by us.
   */
  GuestOutput exec(List<String> arguments, byte[] input, Duration deadline) throws IOException;

  /** Starts a command with streams. */
  GuestProcess start(List<String> arguments, OutputStream output, OutputStream error)
      throws IOException;

  /** Starts a login shell (or {@code arguments}, when not empty) on a pseudo-terminal. */
  GuestProcess terminal(
      List<String> arguments, String term, int columns, int rows, OutputStream output)
      throws IOException;

  @Override
  void close();

  /**
   * Output of a command that has ended; a command killed by a signal has 128 and the signal's
   * number.
   */
  record GuestOutput(int exitCode, byte[] output, byte[] error) {}

  /** A command that runs in the guest. */
  interface GuestProcess extends AutoCloseable {
    /** Its standard input; closing it sends the end of file. */
    OutputStream input();

    /** Tells a terminal its new size. */
    void resize(int columns, int rows);

    /** Waits for its end and returns the exit code. */
    int waitFor() throws InterruptedException, IOException;

    /** Ends the channel; the guest's side gets a hang-up. */
    @Override
    void close();
  }
}
