package dev.visco.api;

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
 * Tells those who follow a console that it has grown. However many follow one, its file is looked
 * at by one thread, ten times a second and only while somebody follows it. (A guest's disk lies in
 * the same folder: events of the folder would come with each of its writes.)
 */
final class ConsoleFollowers {
  private static final long PERIOD_MILLIS = 100;
  private final Map<Path, Console> consoles = new HashMap<>();

  /** Somebody who follows, until it is closed. */
  interface Following extends AutoCloseable {
    @Override
    void close();
  }

  /** Runs {@code onGrown} after each change of the file; it must not block. */
  synchronized Following follow(Path file, Runnable onGrown) {
    Console console = consoles.computeIfAbsent(file, Console::new);
    var follower = new Follower(onGrown);
    console.followers.add(follower);
    if (console.followers.size() == 1) {
      console.thread = Thread.ofVirtual().name("console " + file).start(console::look);
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

  /** How many files are looked at now. */
  synchronized int files() {
    return consoles.size();
  }

  private synchronized List<Follower> followers(Console console) {
    return List.copyOf(console.followers);
  }

  /** A class, so that no two are equal. */
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

    private void look() {
      try {
        String seen = state();
        // Whoever came before the first look may have read before it.
        followers(this).forEach(follower -> follower.onGrown.run());
        while (true) {
          Thread.sleep(PERIOD_MILLIS);
          String now = state();
          if (!now.equals(seen)) {
            seen = now;
            followers(this).forEach(follower -> follower.onGrown.run());
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // The last one has left.
      }
    }

    /** Which file it is and how long; a full one is moved away and begun anew. */
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
