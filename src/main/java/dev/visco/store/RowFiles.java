package dev.visco.store;

import dev.visco.host.HostFault;
import dev.visco.model.SnapshotPlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes copies of rows to files: each VM's and each snapshot's into its folder ({@code
 * vms/VM/row.json}, {@code snapshots/PLACE/row.json}), and the records, which are the rows of some
 * other tables, into {@code records.json}; and the users' secrets, encrypted as they are, into
 * {@code secrets.json}. A thread writes them shortly after each commit; those that it missed are
 * written at the next open. A VM or snapshot without a folder has no file: nothing of it could be
 * lost.
 */
final class RowFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RowFiles.class);
  private static final String FILE = "row.json";
  private static final Pattern VM = Pattern.compile("vm-[0-9a-f]{8}");
  private static final long RETRY_MILLIS = 1000;

  /**
   * After a commit, before its files are written: changes that follow each other at once are
   * written once, and their commits do not wait for the disk beside the files of earlier ones.
   */
  private static final long LINGER_MILLIS = 50;

  private final Path data;
  private final Function<String, RowFile> rows;
  private final Set<String> waiting = new LinkedHashSet<>();
  private @Nullable Thread thread;
  private boolean isWriting;
  private int awaiting;
  private boolean closed;

  /**
   * @param rows reads the committed rows of a key
   */
  RowFiles(Path data, Function<String, RowFile> rows) {
    this.data = data;
    this.rows = rows;
  }

  /** The ids of the VMs that have a folder. */
  static List<String> folders(Path data) throws IOException {
    Path vms = data.resolve("vms");
    return Files.isDirectory(vms)
        ? DataFolder.entries(vms).stream()
            .filter(name -> VM.matcher(name).matches() && Files.isDirectory(vms.resolve(name)))
            .toList()
        : List.of();
  }

  /** The places of the snapshots that have a folder of their own. */
  static List<String> snapshotFolders(Path data) throws IOException {
    Path snapshots = data.resolve(DataFolder.SNAPSHOTS);
    return Files.isDirectory(snapshots)
        ? DataFolder.entries(snapshots).stream()
            .filter(name -> SnapshotPlace.isOne(name) && Files.isDirectory(snapshots.resolve(name)))
            .toList()
        : List.of();
  }

  /** The path of the file of a VM or snapshot, of the records, or of the users' secrets. */
  static Path file(Path data, String key) {
    return switch (key) {
      case RowTriggers.RECORDS_KEY -> data.resolve("records.json");
      case RowTriggers.SECRETS_KEY -> data.resolve(DataFolder.SECRETS);
      default ->
          data.resolve(SnapshotPlace.isOne(key) ? DataFolder.SNAPSHOTS : "vms")
              .resolve(key)
              .resolve(FILE);
    };
  }

  /** Requests that the files of these keys be written; their changes are committed. */
  synchronized void changed(Set<String> keys) {
    waiting.addAll(keys);
    if (thread == null && !waiting.isEmpty()) {
      thread = Thread.ofPlatform().daemon().name("row-files").start(this::run);
    }
    notifyAll();
  }

  private void run() {
    try {
      for (Set<String> keys = next(); !keys.isEmpty(); keys = next()) {
        write(keys);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for keys to write; empty once it is closed and there are none left. */
  private synchronized Set<String> next() throws InterruptedException {
    isWriting = false;
    notifyAll();
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    linger();
    var keys = new LinkedHashSet<>(waiting);
    waiting.clear();
    isWriting = true;
    return keys;
  }

  private void linger() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);
    long left = LINGER_MILLIS;
    while (left > 0 && awaiting == 0 && !closed) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
  }

  private void write(Set<String> keys) throws InterruptedException {
    var failed = new LinkedHashSet<String>();
    for (String key : keys) {
      try {
        write(key);
      } catch (HostFault | StoreFault | UncheckedIOException e) {
        LOG.error("the rows of {} could not be written to their file; it is tried again", key, e);
        failed.add(key);
      }
    }
    if (!failed.isEmpty()) {
      synchronized (this) {
        if (!closed) { // Otherwise the next open writes it.
          waiting.addAll(failed);
          wait(RETRY_MILLIS);
        }
      }
    }
  }

  /** Whether this is the key of a VM's or snapshot's rows. */
  static boolean isOfFolder(String key) {
    return !key.equals(RowTriggers.RECORDS_KEY) && !key.equals(RowTriggers.SECRETS_KEY);
  }

  private void write(String key) {
    Path file = file(data, key);
    Path folder = file.resolveSibling("");
    if (!Files.isDirectory(folder)) {
      return;
    }
    RowFile now = rows.apply(key);
    if (now.hasSubject()) {
      try {
        now.write(file);
      } catch (HostFault e) {
        if (Files.isDirectory(folder)) { // Otherwise what it tells of is gone by now.
          throw e;
        }
      }
    }
  }

  /** Waits until everything that was committed before is in its file. */
  synchronized void await() throws InterruptedException {
    awaiting++;
    notifyAll();
    try {
      while (!waiting.isEmpty() || isWriting) {
        wait();
      }
    } finally {
      awaiting--;
    }
  }

  /** All files, and the keys of those that could not be read. */
  record FoundRowFiles(List<RowFile> files, List<String> unreadable) {
    static FoundRowFiles in(Path data) throws IOException {
      var files = new ArrayList<RowFile>();
      var unreadable = new ArrayList<String>();
      var keys = new ArrayList<String>(List.of(RowTriggers.RECORDS_KEY));
      if (Files.exists(file(data, RowTriggers.SECRETS_KEY))) { // Written with the first secret.
        keys.add(RowTriggers.SECRETS_KEY);
      }
      keys.addAll(folders(data));
      for (String key : snapshotFolders(data)) {
        // It has none before it is whole.
        if (Files.exists(file(data, key))) {
          keys.add(key);
        }
      }
      for (String key : keys) {
        try {
          RowFile.read(file(data, key))
              .filter(found -> found.key().equals(key))
              .ifPresentOrElse(files::add, () -> unreadable.add(key));
        } catch (IOException e) {
          LOG.warn("{}", e.getMessage());
          unreadable.add(key);
        }
      }
      return new FoundRowFiles(files, unreadable);
    }
  }

  /** Writes the remaining files; those that cannot be written are written at the next open. */
  @Override
  public void close() {
    Thread writer;
    synchronized (this) {
      closed = true;
      writer = thread;
      notifyAll();
    }
    if (writer != null) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
