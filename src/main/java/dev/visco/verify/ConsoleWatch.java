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
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Follows a console file as it grows (and is rotated) and notes when each mark of the timeline was
 * first seen. Of the text it keeps the first mebibyte: a boot that says more has lost itself in
 * noise long before. Marks and the last line are found behind that too.
 */
public final class ConsoleWatch {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_AT_ONCE = 8 << 20;

  /** A longer line is cut off, escape sequences counted: nothing that is looked for is as long. */
  private static final int MAX_OF_A_LINE = 4096;

  private final Path console;
  private final Path older;
  private final long launchedMillis;
  private final SteadyClock clock;
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final SequencedMap<String, Long> marks = new LinkedHashMap<>();
  private String lastLine = "";
  private @Nullable Identity current;
  private long position;

  /** A file itself, whatever its name: its number may be given again, but not its birth. */
  private record Identity(@Nullable Object number, FileTime born) {
    static Identity of(Path file) throws IOException {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Identity(attributes.fileKey(), attributes.creationTime());
    }
  }

  /**
   * @param console the file; once full it is moved to the same name with {@code .1} and begun anew
   * @param launchedMillis when the machine was launched, in milliseconds of that clock
   */
  public ConsoleWatch(Path console, long launchedMillis, SteadyClock clock) {
    this.console = console;
    this.older = console.resolveSibling(console.getFileName() + ".1");
    this.launchedMillis = launchedMillis;
    this.clock = clock;
  }

  /** Reads what is new. Returns whether anything was. */
  public synchronized boolean read() {
    boolean anything = false;
    try {
      Identity there = Identity.of(console);
      try (FileChannel channel = FileChannel.open(console, StandardOpenOption.READ)) {
        if (!Identity.of(console).equals(there)) {
          return false; // Moved away just now: the next read sees which is which.
        }
        if (current != null && (!there.equals(current) || channel.size() < position)) {
          anything = readRest(there);
          position = 0;
        }
        current = there;
        anything |= take(channel);
      }
    } catch (NoSuchFileException e) {
      return anything; // Not there yet, or just being rotated: the next read finds it.
    } catch (IOException e) {
      throw new HostFault("cannot read " + console + ": " + e.getMessage(), e);
    }
    return anything;
  }

  /**
   * What came into the file after the last read and before it was moved away. When it was moved
   * more than once since, what is in between is lost, and the older file is all new.
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
   * Takes what is there now, and not what is written meanwhile: a guest may write faster than it is
   * read. When that is more than {@value #MAX_AT_ONCE} bytes beyond the text that is kept, its end
   * counts.
   */
  private boolean take(FileChannel channel) throws IOException {
    boolean anything = false;
    long end = channel.size();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (position < end) {
      if (seen.size() == MAX_BYTES && end - position > MAX_AT_ONCE) {
        position = end - MAX_AT_ONCE;
        line.reset();
      }
      int count = channel.read(buffer.clear(), position);
      if (count <= 0) {
        break; // It was cut off just now.
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
        line.reset();
        begin = at + 1;
      }
    }
    append(bytes, begin, count);
    // A line that is still being written may say it all already.
    inspect();
  }

  private void append(byte[] bytes, int from, int to) {
    line.write(bytes, from, Math.min(to - from, Math.max(0, MAX_OF_A_LINE - line.size())));
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
  }

  private void note(String mark, Pattern pattern, String text) {
    if (!marks.containsKey(mark) && pattern.matcher(text).find()) {
      marks.put(mark, Math.max(0, clock.uptimeMillis() - launchedMillis));
    }
  }

  /** Everything on the console so far, at most its first mebibyte. */
  public synchronized String text() {
    return seen.toString(StandardCharsets.UTF_8);
  }

  /** Bytes that are kept now, and so characters of {@link #text} at most. */
  public synchronized int size() {
    return seen.size();
  }

  /** The last line with anything in it, whether it is complete or not. */
  public synchronized Optional<String> lastLine() {
    return lastLine.isEmpty() ? Optional.empty() : Optional.of(lastLine);
  }

  /** Milliseconds after launch by mark: kernel, root, init, network, as far as they were seen. */
  public synchronized SequencedMap<String, Long> marks() {
    return new LinkedHashMap<>(marks);
  }
}
