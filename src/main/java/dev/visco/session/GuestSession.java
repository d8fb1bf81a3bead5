package dev.visco.session;

import dev.visco.host.MemoryBudget;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/** An open connection into one guest. */
public interface GuestSession extends AutoCloseable {
  /** Default limit of {@link #exec} for a command's output, and for its errors, in bytes. */
  int MAX_OUTPUT = 1 << 20;

  /** As below with the limit {@link #MAX_OUTPUT}, as root. */
  default GuestOutput exec(List<String> arguments, byte[] input, Duration deadline)
      throws IOException {
    return exec(arguments, input, deadline, MAX_OUTPUT);
  }

  /** As below, as root. */
  default GuestOutput exec(List<String> arguments, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    return exec(GuestCommand.of(arguments), input, deadline, maxOutput);
  }

  /**
   * Runs a command to its end. Its arguments are quoted for the guest's shell, so that they reach
   * it unchanged; arguments that no program can be given are refused.
   *
   * @param deadline time limit, after which the channel is closed. SSH cannot end the command
   *     itself, which then finds its input and output closed
   * @param maxOutput limit for its output, and for its errors, in bytes. They are held in memory: a
   *     command with more than some mebibytes of output should be started with streams
   * @throws IOException when it did not end in time, had more output, or the connection broke
   * @throws dev.visco.host.Busy when there was no memory for its output
   */
  GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput)
      throws IOException;

  /**
   * The same with a timeout at which the command is ended in the guest, see {@link CommandTimeout}:
   * what it has said until then is kept.
   *
   * @throws IOException when it had more output, or the connection broke
   */
  default GuestOutput execLimited(
      GuestCommand command, byte[] input, Duration timeout, int maxOutput) throws IOException {
    return BufferedExec.limited(this, command, input, timeout, maxOutput);
  }

  /**
   * Starts a command with streams, to which threads of its own write: a slow one holds up this
   * command in the guest, and no other.
   */
  GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
      throws IOException;

  /** Starts a command, or a login shell, on a pseudo-terminal. */
  GuestProcess terminal(
      GuestCommand command, String term, int columns, int rows, OutputStream output)
      throws IOException;

  /**
   * Has the guest open a TCP connection ({@code direct-tcpip} of RFC 4254, section 7.2). The guest
   * needs nothing but its sshd for it.
   *
   * @param host an address, or a name that the guest resolves
   * @param deadline time limit for opening it
   * @throws GuestConnection.NotOpened when sshd forbids it, or the connection was not opened in
   *     time
   */
  GuestConnection dial(String host, int port, Duration deadline) throws IOException;

  /**
   * The guest's files.
   *
   * @throws GuestFileFault when its sshd offers no SFTP
   */
  GuestFiles files() throws IOException;

  /** The guest's host key, which was checked at sign-in: type and base64. */
  String hostKey();

  /** Whether the connection stands; one that broke unnoticed counts as open. */
  boolean isOpen();

  @Override
  void close();

  /**
   * Exit code and output of a command that has ended. A command killed by a signal has exit code
   * 128 plus the signal's number. The receiver closes it once the output is not needed any more.
   *
   * @param held reservation of its bytes in the memory budget
   */
  record GuestOutput(Ending ending, byte[] output, byte[] error, MemoryBudget.Reservation held)
      implements AutoCloseable {
    /**
     * How it ended.
     *
     * @param isTimedOut whether its time was up, and it was ended for that
     */
    public record Ending(int exitCode, boolean isTimedOut) {}

    /** The reservation must cover the bytes; what exceeds them is released. */
    public GuestOutput {
      held.keep((long) output.length + error.length);
    }

    /** The exit code alone. */
    public int exitCode() {
      return ending.exitCode();
    }

    @Override
    public void close() {
      held.close();
    }
  }

  /** A command that runs in the guest. */
  interface GuestProcess extends AutoCloseable {
    /** Its standard input; closing it sends end of file. */
    OutputStream input();

    /**
     * Sends a signal to it and its children.
     *
     * @param name without SIG, like TERM
     * @throws IOException when it has ended
     */
    void signal(String name) throws IOException;

    /** Changes a terminal's size. */
    void resize(int columns, int rows) throws IOException;

    /**
     * Waits until it has ended and all output is written. Returns the exit code, which is 128 plus
     * the signal's number if a signal ended it.
     *
     * @throws IOException when the connection broke before; the output may be incomplete
     */
    int waitFor() throws InterruptedException, IOException;

    /** Closes the channel; the guest's side gets a hang-up. */
    @Override
    void close();
  }
}
