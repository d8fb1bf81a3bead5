package dev.visco.verify;

import dev.visco.host.HostFault;
import dev.visco.host.SteadyClock;
import dev.visco.model.GuestText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Follows a console file while it grows and is rotated, and records when each mark of the timeline
 * was first seen. It keeps the first mebibyte of the text, which is more than any boot prints that
 * succeeds; marks and the last line are found after that too.
 */
public final class ConsoleWatch {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_AT_ONCE = 8 << 20;

  /**
   * Bytes that are read of a line, escape sequences included; every pattern matches within them.
   */
  private static final int MAX_LINE_BYTES = 4096;

  /** Beyond so many different lines every further one counts as new. */
  private static final int MAX_KNOWN = 1 << 14;

  /** What OpenSSH's sshd says when it takes connections, with {@code -e} on the console. */
  private static final Pattern LISTENING =
      Pattern.compile("Server listening on .{0,80} port 22\\.");

  private final Path console;
  private final Path older;
  private final long launchedMillis;
  private final SteadyClock clock;
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final SequencedMap<String, Long> marks = new LinkedHashMap<>();

  /** Hashes of the lines without their digits, to tell new ones from those that repeat. */
  private final Set<Integer> known = new HashSet<>();

  private String lastLine = "";
  private long news;
  private @Nullable Identity current;
  private long position;
  private boolean isListening;

  /**
   * Identifies a file, whatever its name: an inode number may be reused, but not with its birth.
   */
  private record Identity(@Nullable Object number, FileTime born) {
    static Identity of(Path file) throws IOException {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Identity(attributes.fileKey(), attributes.creationTime());
    }
  }

  /**
   * @param console the file; once full it is renamed to end in {@code .1}, and a new one begins
   * @param launchedMillis when the machine was launched, in milliseconds of {@code clock}
   */
  public ConsoleWatch(Path console, long launchedMillis, SteadyClock clock) {
    this.console = console;
    this.older = console.resolveSibling(console.getFileName() + ".1");
    this.launchedMillis = launchedMillis;
    this.clock = clock;
  }

  /** Reads what was added since the last call; returns whether anything was. */
  public synchronized boolean read() {
    boolean anything = false;
    try {
      Identity there = Identity.of(console);
      try (FileChannel channel = FileChannel.open(console, StandardOpenOption.READ)) {
        if (!Identity.of(console).equals(there)) {
          return false; // It is being rotated: the next call reads both files.
        }
        if (current != null && (!there.equals(current) || channel.size() < position)) {
          anything = readRest(there);
          position = 0;
        }
        current = there;
        anything |= take(channel);
      }
    } catch (NoSuchFileException e) {
      return anything; // It does not exist yet or is being rotated: the next call finds it.
    } catch (IOException e) {
      throw new HostFault("cannot read " + console + ": " + e.getMessage(), e);
    }
    return anything;
  }

  /**
   * Reads what was added to the file after the last call and before it was rotated. If it was
   * rotated more than once since, the files in between are lost, and all of the older one is new.
   */
  private boolean readRest(Identity there) throws IOException {
    try (FileChannel channel = FileChannel.open(older, StandardOpenOption.READ)) {
      Identity moved = Identity.of(older);
      if (moved.equals(there)) {
        return false;
      }
      if (!moved.equals(current)) {
        position = 0;
      }
      return take(channel);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * Reads up to the file's present end only, since a guest may write faster than it is read. Of
   * more than {@value #MAX_AT_ONCE} bytes beyond the text that is kept, only the last ones are
   * read.
   */
  private boolean take(FileChannel channel) throws IOException {
    boolean anything = false;
    long end = channel.size();
    if (position >= end) {
      return false;
    }
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (position < end) {
      if (seen.size() == MAX_BYTES && end - position > MAX_AT_ONCE) {
        position = end - MAX_AT_ONCE;
        line.reset();
      }
      int count = channel.read(buffer.clear(), position);
      if (count <= 0) {
        break; // It was truncated just now.
      }
      position += count;
      anything = true;
      seen.write(buffer.array(), 0, Math.min(count, MAX_BYTES - seen.size()));
      split(buffer.array(), count);
    }
    return anything;
  }

  private void split(byte[] bytes, int count) {
    int begin = 0;
    for (int at = 0; at < count; at++) {
      if (bytes[at] == '\n') {
        append(bytes, begin, at);
        inspect();
        learn();
        line.reset();
        begin = at + 1;
      }
    }
    append(bytes, begin, count);
    // A line that is still being written may hold a mark already.
    inspect();
  }

  private void append(byte[] bytes, int from, int to) {
    line.write(bytes, from, Math.min(to - from, Math.max(0, MAX_LINE_BYTES - line.size())));
  }

  private void inspect() {
    String text = GuestText.line(line.toString(StandardCharsets.UTF_8)).value();
    if (text.isEmpty()) {
      return;
    }
    lastLine = text;
    note("kernel", ConsolePatterns.KERNEL, text);
    note("root", ConsolePatterns.MOUNTED, text);
    note("init", ConsolePatterns.INIT, text);
    note("network", ConsolePatterns.NETWORK, text);
    isListening |= LISTENING.matcher(text).find();
  }

  /** Notes a whole line; one that differs from an earlier one in numbers alone is not new. */
  private void learn() {
    int hash = 0;
    byte[] bytes = line.toByteArray();
    for (byte one : bytes) {
      hash = one == ' ' || (one >= '0' && one <= '9') ? hash : 31 * hash + one;
    }
    if (bytes.length > 1 && (known.size() >= MAX_KNOWN || known.add(hash))) {
      news++;
    }
  }

  /** Whether there is more to read. A file that is not there has nothing. */
  public synchronized boolean hasGrown() {
    try {
      return Files.size(console) != position;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether it has said so far that an sshd takes connections. Not every guest's says so. */
  public synchronized boolean isListening() {
    return isListening;
  }

  /** Number of lines so far that say something new; one that repeats itself is no progress. */
  public synchronized long news() {
    return news;
  }

  private void note(String mark, Pattern pattern, String text) {
    if (!marks.containsKey(mark) && pattern.matcher(text).find()) {
      marks.put(mark, Math.max(0, clock.uptimeMillis() - launchedMillis));
    }
  }

  /** The console's output so far, at most its first mebibyte. */
  public synchronized String text() {
    return seen.toString(StandardCharsets.UTF_8);
  }

  /** Bytes that are kept, which is also the maximum length of {@link #text} in characters. */
  public synchronized int size() {
    return seen.size();
  }

  /** The last line that is not empty, complete or not. */
  public synchronized Optional<String> lastLine() {
    return lastLine.isEmpty() ? Optional.empty() : Optional.of(lastLine);
  }

  /** Milliseconds from launch to each mark that was seen: kernel, root, init, network. */
  public synchronized SequencedMap<String, Long> marks() {
    return new LinkedHashMap<>(marks);
  }
}
