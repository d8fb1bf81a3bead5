package dev.visco.api;

import dev.visco.host.BlockOutput;
import dev.visco.vmm.ConsoleTimes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The lines of a console with their times before them, or those from some time on alone. */
final class TimedLines extends BlockOutput {
  private final OutputStream out;
  private final Path console;
  private final boolean isStamped;
  private final @Nullable Instant since;
  private @Nullable ConsoleTimes times;
  private @Nullable FileTime read;
  private String file = "";
  private long offset;
  private boolean isWithin;
  private boolean isShown;

  /**
   * @param isStamped whether each line begins with its time
   * @param since leaves out older lines; null for none
   */
  TimedLines(OutputStream out, Path console, boolean isStamped, @Nullable Instant since) {
    this.out = out;
    this.console = console;
    this.isStamped = isStamped;
    this.since = since;
  }

  /** Where the next bytes come from. */
  void from(String identity, long position) throws IOException {
    file = identity;
    offset = position;
    FileTime now = changed();
    if (times == null || !now.equals(read)) {
      times = ConsoleTimes.read(console);
      read = now;
    }
  }

  private FileTime changed() throws IOException {
    try {
      return Files.getLastModifiedTime(ConsoleTimes.file(console));
    } catch (NoSuchFileException e) {
      return FileTime.fromMillis(0);
    }
  }

  @Override
  public void write(byte[] buffer, int start, int length) throws IOException {
    int end = start + length;
    for (int at = start; at < end; ) {
      if (!isWithin) {
        beginLine(offset + at - start);
      }
      int next = at;
      while (next < end && buffer[next] != '\n') {
        next++;
      }
      boolean isEnded = next < end;
      int to = isEnded ? next + 1 : end;
      if (isShown) {
        out.write(buffer, at, to - at);
      }
      isWithin = !isEnded;
      at = to;
    }
    offset += length;
  }

  private void beginLine(long position) throws IOException {
    Instant time = times == null ? Instant.EPOCH : times.of(file, position);
    isShown = since == null || !time.isBefore(since);
    if (isShown && isStamped) {
      out.write((time + " ").getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}
