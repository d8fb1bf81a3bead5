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

  static GuestOutput run(
      GuestSession session, GuestCommand command, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    MemoryBudget.Reservation held = MemoryBudget.shared().nothing();
    boolean isHandedOn = false;
    try (var output = new BoundedOutput(maxOutput, held);
        var error = new BoundedOutput(maxOutput, held);
        GuestProcess process = session.start(command, output, error)) {
      try {
        Thread.ofVirtual().start(() -> write(process, input));
        int code = waitFor(process, deadline);
        var said = new GuestOutput(code, output.toByteArray(), error.toByteArray(), held);
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

  private static int waitFor(GuestProcess process, Duration deadline) throws IOException {
    var waiting = new FutureTask<>(process::waitFor);
    Thread.ofVirtual().start(waiting);
    try {
      return waiting.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
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
