package dev.visco.session;

import dev.visco.session.GuestSession.GuestProcess;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ends a command in a guest that runs for too long: first with TERM, after {@link #GRACE} with
 * KILL, and at last by closing its channel, which hangs up a login shell. Closing it earlier leaves
 * the command alone.
 */
public final class CommandTimeout implements AutoCloseable {
  /** Exit code of a command that was ended by it, as of timeout(1). */
  public static final int EXIT_CODE = 124;

  /** How long a command may take to end after TERM, and after KILL. */
  public static final Duration GRACE = Duration.ofSeconds(2);

  private final GuestProcess process;
  private final @Nullable Thread watch;
  private volatile boolean isReached;
  private volatile boolean isCut;

  /**
   * @param timeout for how long it may run from now on; null for as long as it likes
   */
  public CommandTimeout(GuestProcess process, @Nullable Duration timeout) {
    this.process = process;
    watch =
        timeout == null
            ? null
            : Thread.ofVirtual()
                .name("timeout of a command in a guest")
                .start(() -> endAfter(timeout));
  }

  private void endAfter(Duration timeout) {
    try {
      Thread.sleep(timeout);
      isReached = true;
      try {
        process.signal("TERM");
        Thread.sleep(GRACE);
        process.signal("KILL");
        Thread.sleep(GRACE);
      } catch (IOException e) {
        // No process has its mark, as for a login shell, or the guest takes no signal now.
      }
      isCut = true;
      process.close();
    } catch (InterruptedException e) {
      // It has ended, or nobody waits for it any more.
    }
  }

  /** Whether the time was up before the command had ended. */
  public boolean isReached() {
    return isReached;
  }

  /**
   * Waits until the command has ended and all output is written. Returns its exit code, or {@link
   * #EXIT_CODE} when its time was up.
   *
   * @throws IOException when the connection broke before
   */
  public int waitFor() throws InterruptedException, IOException {
    try {
      int code = process.waitFor();
      return isReached ? EXIT_CODE : code;
    } catch (IOException e) {
      if (isCut) {
        return EXIT_CODE;
      }
      throw e;
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.interrupt();
    }
  }
}
