package dev.visco.host;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a command writes that nobody but its caller may see: it is kept as bytes, and never told.
 */
public final class SecretOutput {
  private SecretOutput() {}

  /**
   * The first bytes that a command writes to its standard output. What it writes besides is
   * dropped, its errors too, for either may hold the secret.
   *
   * @param max bytes; more than that are not read
   * @throws HostFault when it cannot be started, fails, or does not end in time
   */
  public static byte[] of(List<String> arguments, int max, Duration deadline) {
    String program = arguments.getFirst();
    var builder =
        new ProcessBuilder(Programs.located(arguments))
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectError(Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(ChildEnvironment.basic());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new HostFault("the command " + program + " cannot be started: " + e.getMessage(), e);
    }
    try {
      var reading = new FutureTask<>(() -> read(process.getInputStream(), max));
      Thread.ofVirtual().start(reading);
      byte[] bytes = reading.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        Arrays.fill(bytes, (byte) 0);
        throw late(program, deadline);
      }
      if (process.exitValue() != 0) {
        Arrays.fill(bytes, (byte) 0);
        throw new HostFault(
            "the command " + program + " ended with " + process.exitValue() + ", not with 0");
      }
      return bytes;
    } catch (TimeoutException e) {
      throw late(program, deadline);
    } catch (ExecutionException e) {
      throw new HostFault("what the command " + program + " writes cannot be read", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted while " + program + " ran", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static HostFault late(String program, Duration deadline) {
    return new HostFault(
        "the command " + program + " did not end within " + deadline.toSeconds() + " s");
  }

  /** Reads to the end, so that a command that writes more than is wanted ends by itself. */
  private static byte[] read(InputStream in, int max) throws IOException {
    byte[] bytes = in.readNBytes(max);
    byte[] rest = new byte[8192];
    while (in.read(rest) >= 0) {
      Arrays.fill(rest, (byte) 0);
    }
    return bytes;
  }
}
