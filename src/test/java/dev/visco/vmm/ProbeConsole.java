package dev.visco.vmm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.Awaitility;

/** The console of a probe guest: what it said, and a keyboard. */
public final class ProbeConsole implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(60);
  private final OutputStream keyboard;
  private final StringBuffer said = new StringBuffer();

  public ProbeConsole(OutputStream keyboard, InputStream screen) {
    this.keyboard = keyboard;
    Thread.ofPlatform().daemon().start(() -> read(screen)); // A pipe occupies its thread.
  }

  private void read(InputStream screen) {
    byte[] some = new byte[4096];
    try {
      for (int size; (size = screen.read(some)) >= 0; ) {
        said.append(new String(some, 0, size, StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      said.append("(").append(e.getMessage()).append(")");
    }
  }

  public ProbeConsole type(String text) {
    try {
      keyboard.write(text.getBytes(StandardCharsets.US_ASCII));
      keyboard.flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public ProbeConsole await(String text) {
    Awaitility.await("console: " + text)
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(2))
        .until(said::toString, all -> all.contains(text));
    return this;
  }

  public String said() {
    return said.toString();
  }

  @Override
  public void close() {
    try {
      keyboard.close();
    } catch (IOException e) {
      // The guest has ended.
    }
  }
}
