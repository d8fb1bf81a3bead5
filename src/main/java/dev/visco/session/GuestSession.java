package dev.visco.session;

import dev.visco.host.MemoryBudget;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/** A live connection into one guest. */
public interface GuestSession extends AutoCloseable {
  /** What {@link #exec} takes of a command's output, and of its errors, in bytes, as a rule. */
  int MAX_OUTPUT = 1 << 20;

  /** The same with at most {@link #MAX_OUTPUT} bytes of output. */
  default GuestOutput exec(List<String> arguments, byte[] input, Duration deadline)
      throws IOException {
    return exec(arguments, input, deadline, MAX_OUTPUT);
  }

  /**
   * Runs a command to its end. Arguments reach it as they are: quoted for the guest's shell by us;
   * what no program can be given is refused.
   *
   * @param deadline after which its channel is closed; SSH gives no way to end the command itself,
   *     which then finds its input and output closed
   * @param maxOutput bytes of its output, and of its errors, that are expected at most; they are
   *     held in memory, and whoever wants more than some mebibytes starts it with streams
   * @throws IOException when it did not end in time, said more than that, or the connection broke
   * @throws dev.visco.host.Busy when there was no memory for what it said
   */
  GuestOutput exec(List<String> arguments, byte[] input, Duration deadline, int maxOutput)
      throws IOException;

  /**
   * Starts a command with streams. They are written to by one thread for the whole session: a slow
   * one holds up the others.
   */
  GuestProcess start(List<String> arguments, OutputStream output, OutputStream error)
      throws IOException;

  /** Starts a login shell (or {@code arguments}, when not empty) on a pseudo-terminal. */
  GuestProcess terminal(
      List<String> arguments, String term, int columns, int rows, OutputStream output)
      throws IOException;

  /**
   * Has the guest itself open a TCP connection ({@code direct-tcpip} of RFC 4254, section 7.2): it
   * takes nothing of the guest but its sshd.
   *
   * @param host an address, or a name that the guest resolves
   * @param deadline in which it must be open
   * @throws GuestConnection.NotOpened when sshd forbids it, or the connection was not opened in
   *     time
   */
  GuestConnection dial(String host, int port, Duration deadline) throws IOException;

  @Override
  void close();

  /**
   * Output of a command that has ended; a command killed by a signal has 128 and the signal's
   * number. Whoever has it closes it when nothing of it is held any more.
   *
   * @param held what its bytes take of the memory for what guests make
   */
  record GuestOutput(int exitCode, byte[] output, byte[] error, MemoryBudget.Reservation held)
      implements AutoCloseable {
    /** Whoever makes one has taken at least its bytes: what is beyond is given back. */
    public GuestOutput {
      held.keep((long) output.length + error.length);
    }

    @Override
    public void close() {
      held.close();
    }
  }

  /** A command that runs in the guest. */
  interface GuestProcess extends AutoCloseable {
    /** Its standard input; closing it sends the end of file. */
    OutputStream input();

    /** Tells a terminal its new size. */
    void resize(int columns, int rows);

    /**
     * Waits for its end, all output written, and returns the exit code; 128 and the signal's number
     * when a signal ended it.
     *
     * @throws IOException when the connection broke first: what came of the output may then be cut
     *     off
     */
    int waitFor() throws InterruptedException, IOException;

    /** Ends the channel; the guest's side gets a hang-up. */
    @Override
    void close();
  }
}
