package dev.visco.api;

import dev.visco.host.BlockOutput;
import dev.visco.session.FileChanges;
import dev.visco.session.FileChanges.Change;
import dev.visco.session.FileChanges.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Takes what a guest tells of its files, look after look, and gives what has changed to a consumer,
 * on the thread that writes: who takes it slowly holds up the guest's next look. A guest may tell
 * anything; what is too much or no look is the end.
 */
final class FileLooks extends BlockOutput {
  /** Files and folders that may be watched at a time. */
  static final int MAX_ENTRIES = 10_000;

  /** A path of Linux, and what is said before it. */
  private static final int MAX_RECORD = 4096 + 512;

  private final Changed changed;
  private final FileChanges changes = new FileChanges();
  private final ByteArrayOutputStream record = new ByteArrayOutputStream();
  private SortedMap<String, Entry> now = new TreeMap<>();

  /** What takes the changes of a look. */
  interface Changed {
    /**
     * After each look, also one without a change.
     *
     * @param by how the guest learns of changes
     * @param entries how many there are
     */
    void looked(String by, int entries, Iterable<Change> changes) throws IOException;
  }

  /** What the guest told cannot be watched. */
  static final class NoLook extends IOException {
    private static final long serialVersionUID = 1;

    NoLook(String message) {
      super(message);
    }
  }

  FileLooks(Changed changed) {
    this.changed = changed;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int at = offset; at < offset + length; at++) {
      if (bytes[at] != 0) {
        if (record.size() >= MAX_RECORD) {
          throw new NoLook("the guest told a path that is longer than any");
        }
        record.write(bytes[at]);
      } else {
        take(record.toString(StandardCharsets.ISO_8859_1));
        record.reset();
      }
    }
  }

  private void take(String text) throws IOException {
    if (text.startsWith(". ")) {
      SortedMap<String, Entry> seen = now;
      now = new TreeMap<>();
      var happened = changes.next(seen);
      changed.looked(text.substring(2), seen.size(), happened);
      return;
    }
    int line = text.indexOf('\n');
    Entry entry = line < 0 ? null : Entry.of(text.substring(0, line));
    if (entry == null) {
      throw new NoLook("the guest's find and stat tell nothing that is understood");
    }
    now.put(text.substring(line + 1), entry);
    if (now.size() > MAX_ENTRIES) {
      throw new NoLook("there are more than " + MAX_ENTRIES + " files and folders");
    }
  }
}
