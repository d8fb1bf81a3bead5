package dev.visco.api.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Notifies the followers of a console when its file grows. One thread per file polls its size while
 * there is at least one follower: after {@value #MIN_PERIOD_MILLIS} ms while the guest prints, and
 * more and more rarely, down to every {@value #MAX_PERIOD_MILLIS} ms, while it is silent. (Watching
 * the folder by inotify would report every write of the guest's disk, which is in the same folder.)
 */
public final class ConsoleFollowers {
  static final long MIN_PERIOD_MILLIS = 20;
  static final long MAX_PERIOD_MILLIS = 250;
  private final Map<Path, Console> consoles = new HashMap<>();

  /** One follower; closing it ends the notifications. */
  public interface Following extends AutoCloseable {
    @Override
    void close();
  }

  /** Runs {@code onGrown} after each change of the file; it must not block. */
  synchronized Following follow(Path file, Runnable onGrown) {
    Console console = consoles.computeIfAbsent(file, Console::new);
    var follower = new Follower(onGrown);
    console.followers.add(follower);
    if (console.followers.size() == 1) {
      console.thread = Thread.ofVirtual().name("console " + file).start(console::poll);
    }
    return () -> leave(console, follower);
  }

  private synchronized void leave(Console console, Follower follower) {
    console.followers.remove(follower);
    if (console.followers.isEmpty()) {
      consoles.remove(console.file, console);
      if (console.thread != null) {
        console.thread.interrupt();
      }
    }
  }

  /** How many files are polled now. */
  synchronized int files() {
    return consoles.size();
  }

  private synchronized List<Follower> followers(Console console) {
    return List.copyOf(console.followers);
  }

  /** The milliseconds until the next poll, after one that found a change or none. */
  static long nextPeriod(long period, boolean isChanged) {
    return isChanged ? MIN_PERIOD_MILLIS : Math.min(MAX_PERIOD_MILLIS, period * 5 / 4);
  }

  /** A class and not a record: each follower is distinct. */
  private static final class Follower {
    private final Runnable onGrown;

    Follower(Runnable onGrown) {
      this.onGrown = onGrown;
    }
  }

  private final class Console {
    private final Path file;
    private final Set<Follower> followers = new HashSet<>();
    private @Nullable Thread thread;

    Console(Path file) {
      this.file = file;
    }

    private void poll() {
      try {
        String seen = state();
        // A follower may have read the file before its state was noted.
        followers(this).forEach(follower -> follower.onGrown.run());
        long period = MIN_PERIOD_MILLIS;
        while (true) {
          Thread.sleep(period);
          String now = state();
          boolean isChanged = !now.equals(seen);
          period = nextPeriod(period, isChanged);
          if (isChanged) {
            seen = now;
            followers(this).forEach(follower -> follower.onGrown.run());
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // The last one has left.
      }
    }

    /** Identity and size of the file; a full file is renamed and a new one started. */
    private String state() {
      try {
        BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
        return facts.fileKey() + " " + facts.size();
      } catch (IOException e) {
        return "";
      }
    }
  }
}
