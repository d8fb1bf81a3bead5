package dev.visco.session;

import dev.visco.host.HostFault;
import dev.visco.host.ResourceText;
import dev.visco.session.GuestSession.GuestProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The file systems of a guest's disks, frozen: they are as whole as if they were unmounted, and who
 * writes waits. A process in the guest thaws them when it is told to, when this connection ends, or
 * when the time is up.
 */
public final class DiskFreeze implements AutoCloseable {
  /** How long the guest leaves them frozen. */
  public static final Duration LIMIT = Duration.ofSeconds(10);

  /** For a guest to write what it has to its disks. */
  private static final Duration BEGIN = Duration.ofSeconds(60);

  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final int MAX_LINE = 64;
  private static final String SCRIPT = ResourceText.of(DiskFreeze.class, "freeze.sh");

  private final GuestProcess process;
  private final Lines lines;
  private final boolean isFrozen;

  private DiskFreeze(GuestProcess process, Lines lines) throws IOException {
    this.process = process;
    this.lines = lines;
    this.isFrozen = lines.next(BEGIN).equals("frozen");
  }

  /**
   * Has the guest write what it has to its disks, and freeze them where it can.
   *
   * @throws IOException when it does not answer
   */
  public static DiskFreeze begin(GuestSession session) throws IOException {
    var lines = new Lines();
    GuestProcess process =
        session.start(
            GuestCommand.of(List.of("sh", "-c", SCRIPT, "freeze", LIMIT.toSeconds() + "")),
            lines,
            OutputStream.nullOutputStream());
    try {
      return new DiskFreeze(process, lines);
    } catch (IOException | RuntimeException | Error e) {
      process.close();
      throw e;
    }
  }

  /** Whether it could freeze them; otherwise it has written what it had to its disks. */
  public boolean isFrozen() {
    return isFrozen;
  }

  /** Whether they are frozen still, and have been all the time. */
  public boolean isStill() throws IOException {
    return isFrozen && asked("still").equals("yes");
  }

  /** Has the guest thaw them, and waits until it has. */
  public void thaw() throws IOException {
    if (!asked("thaw").equals("thawed")) {
      throw new IOException("the guest does not say that it has thawed its disks");
    }
  }

  private String asked(String word) throws IOException {
    process.input().write((word + "\n").getBytes(StandardCharsets.US_ASCII));
    process.input().flush();
    return lines.next(ANSWER);
  }

  /** Ends the process in the guest, which thaws them first. */
  @Override
  public void close() {
    try {
      process.input().close();
    } catch (IOException e) {
      // The connection is gone, which the guest sees too.
    } finally {
      process.close();
    }
  }

  /** What the guest says, line by line. */
  private static final class Lines extends OutputStream {
    private final BlockingQueue<String> whole = new LinkedBlockingQueue<>();
    private final StringBuilder line = new StringBuilder();

    @Override
    public synchronized void write(int value) throws IOException {
      if (value == '\n') {
        whole.add(line.toString());
        line.setLength(0);
      } else if (line.length() < MAX_LINE) {
        line.append((char) value);
      } else {
        throw new IOException("the guest says too much");
      }
    }

    String next(Duration patience) throws IOException {
      try {
        String next = whole.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (next == null) {
          throw new IOException("the guest does not answer whether its disks are frozen");
        }
        return next;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new HostFault("interrupted", e);
      }
    }
  }
}
