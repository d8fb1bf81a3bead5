package dev.visco.session;

import dev.visco.host.MemoryBudget;
import dev.visco.model.Durations;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.GuestSession.GuestProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a command of a session to its end and keeps what it says; {@link GuestSession#exec}. */
final class BufferedExec {
  private BufferedExec() {}

  /** How a command is waited for. */
  private interface Waiting {
    GuestOutput.Ending end(GuestProcess process) throws IOException;
  }

  /** Fails at the deadline; the command itself is left alone. */
  static GuestOutput run(
      GuestSession session, GuestCommand command, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    return run(session, command, input, maxOutput, process -> awaited(process, deadline));
  }

  /** Ends the command at the timeout, and keeps what it has said until then. */
  static GuestOutput limited(
      GuestSession session, GuestCommand command, byte[] input, Duration timeout, int maxOutput)
      throws IOException {
    return run(session, command, input, maxOutput, process -> ended(process, timeout));
  }

  private static GuestOutput run(
      GuestSession session, GuestCommand command, byte[] input, int maxOutput, Waiting waiting)
      throws IOException {
    MemoryBudget.Reservation held = MemoryBudget.shared().nothing();
    boolean isHandedOn = false;
    try (var output = new BoundedOutput(maxOutput, held);
        var error = new BoundedOutput(maxOutput, held);
        GuestProcess process = session.start(command, output, error)) {
      try {
        Thread.ofVirtual().start(() -> write(process, input));
        GuestOutput.Ending ending = waiting.end(process);
        var said = new GuestOutput(ending, output.toByteArray(), error.toByteArray(), held);
        isHandedOn = true;
        return said;
      } catch (IOException e) {
        output.check();
        error.check();
        throw e;
      }
    } finally {
      if (!isHandedOn) {
        held.close();
      }
    }
  }

  private static void write(GuestProcess process, byte[] input) {
    try (OutputStream in = process.input()) {
      in.write(input);
    } catch (IOException e) {
      // The command ended without reading all of its input; its exit code counts.
    }
  }

  private static GuestOutput.Ending ended(GuestProcess process, Duration timeout)
      throws IOException {
    try (var limit = new CommandTimeout(process, timeout)) {
      return new GuestOutput.Ending(limit.waitFor(), limit.isReached());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static GuestOutput.Ending awaited(GuestProcess process, Duration deadline)
      throws IOException {
    var waiting = new FutureTask<>(process::waitFor);
    Thread.ofVirtual().start(waiting);
    try {
      int code = waiting.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      return new GuestOutput.Ending(code, false);
    } catch (TimeoutException e) {
      throw new IOException("the command did not end within " + Durations.text(deadline), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException broken) {
        throw broken;
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      waiting.cancel(true);
    }
  }
}
