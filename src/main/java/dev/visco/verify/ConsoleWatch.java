package dev.visco.verify;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.SequencedMap;

/**
 * Follows a console file as it grows (and is rotated) and notes when each mark of the timeline was
 * first seen.
 */
public final class ConsoleWatch {
  public ConsoleWatch(Path console, long launchedMillis, InstantSource clock) {}

  /** Reads what is new. Returns whether anything was. */
  public boolean read() {
    throw new UnsupportedOperationException();
  }

  /** Everything on the console so far, the older rotated file included, at most its bound. */
  public String text() {
    throw new UnsupportedOperationException();
  }

  /** Milliseconds after launch by mark: kernel, root, init. */
  public SequencedMap<String, Long> marks() {
    throw new UnsupportedOperationException();
  }
}
