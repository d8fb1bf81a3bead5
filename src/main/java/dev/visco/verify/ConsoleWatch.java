package dev.visco.verify;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Follows a console file as it grows (and is rotated) and notes when each mark of the timeline was
 * first seen. It keeps the first mebibyte: a boot that says more has lost itself in noise long
 * before.
 */
public final class ConsoleWatch {
  private static final int MOST_BYTES = 1 << 20;

  private final Path console;
  private final long launchedMillis;
  private final InstantSource clock;
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private final SequencedMap<String, Long> marks = new LinkedHashMap<>();
  private long position;

  /**
   * @param launchedMillis when the machine was launched, in milliseconds after the epoch
   */
  public ConsoleWatch(Path console, long launchedMillis, InstantSource clock) {
    this.console = console;
    this.launchedMillis = launchedMillis;
    this.clock = clock;
  }

  /** Reads what is new. Returns whether anything was. */
  public boolean read() {
    try (FileChannel channel = FileChannel.open(console, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < position) {
        readRotated();
        position = 0;
      }
      boolean anything = take(channel);
      if (anything) {
        mark();
      }
      return anything;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new dev.visco.host.HostFault("cannot read " + console + ": " + e.getMessage(), e);
    }
  }

  /** The rest of the file that has been moved away since. */
  private void readRotated() throws IOException {
    Path older = console.resolveSibling(console.getFileName() + ".1");
    if (Files.exists(older)) {
      try (FileChannel channel = FileChannel.open(older, StandardOpenOption.READ)) {
        take(channel);
      }
    }
  }

  private boolean take(FileChannel channel) throws IOException {
    boolean anything = false;
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    for (int count = channel.read(buffer, position);
        count > 0;
        count = channel.read(buffer, position)) {
      position += count;
      anything = true;
      seen.write(buffer.array(), 0, Math.min(count, Math.max(0, MOST_BYTES - seen.size())));
      buffer.clear();
    }
    return anything;
  }

  private void mark() {
    String text = text();
    note("kernel", text.contains("Linux version"));
    note("root", text.contains(" mounted from ") || text.contains("): mounted filesystem"));
    note(
        "init",
        text.contains("visco-initramfs: starting ")
            || text.contains("Run /sbin/init as init process"));
  }

  private void note(String mark, boolean isSeen) {
    if (isSeen) {
      marks.putIfAbsent(mark, clock.millis() - launchedMillis);
    }
  }

  /** Everything on the console so far, at most its first mebibyte. */
  public String text() {
    return seen.toString(StandardCharsets.UTF_8);
  }

  /** Milliseconds after launch by mark: kernel, root, init. */
  public SequencedMap<String, Long> marks() {
    return marks;
  }
}
