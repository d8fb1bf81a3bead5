package dev.visco.api;

import dev.visco.session.CommandTimeout;
import dev.visco.wire.ExecEvent;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Waits in a thread of its own for the end of a command. */
final class ExecEnding {
  private volatile @Nullable ExecEvent event;

  /**
   * @param onEnd called once it is there
   */
  ExecEnding(CommandTimeout command, Runnable onEnd) {
    Thread.ofVirtual()
        .name("end of a command in a guest")
        .start(() -> {
          event = ended(command);
          onEnd.run();
        });
  }

  private static ExecEvent ended(CommandTimeout command) {
    try {
      int code = command.waitFor();
      return ExecEvent.exit(code, command.isReached());
    } catch (IOException e) {
      return ExecEvent.broken(e.getMessage() + "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExecEvent.broken("interrupted");
    }
  }

  boolean isThere() {
    return event != null;
  }

  /** The last event of the command; only once it {@link #isThere}. */
  ExecEvent event() {
    return Objects.requireNonNull(event, "it has not ended yet");
  }
}
