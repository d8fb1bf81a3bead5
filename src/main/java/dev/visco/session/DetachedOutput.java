package dev.visco.session;

import dev.visco.session.GuestFileFault.FileFault;
import dev.visco.session.GuestFiles.GuestFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The output of a command that runs detached, read bit by bit. Each stream is in files that are
 * named by their first byte: {@code out.0}, {@code out.524288}. Of a long one the beginning is
 * gone.
 */
public final class DetachedOutput {
  private static final Pattern NAME = Pattern.compile("(out|err)\\.(\\d{1,18})");
  private static final int PIECE = 32 << 10;

  /** A guest's files of one command: process, info, six of its output, and few more. */
  private static final int MAX_FILES = 64;

  private final String folder;
  private long output;
  private long error;

  DetachedOutput(String folder) {
    this.folder = folder;
  }

  /** Goes on where somebody has left off, at so many bytes since the begin of each stream. */
  public DetachedOutput since(long output, long error) {
    this.output = output;
    this.error = error;
    return this;
  }

  /** Takes what is read. */
  public interface Sink {
    /**
     * @param isError whether it is of standard error
     * @param next where the stream goes on after it
     */
    void take(boolean isError, byte[] bytes, long next) throws IOException;
  }

  /** A file of a stream. */
  private record Segment(String name, boolean isError, long begin, long size) {}

  /**
   * Hands on what has been written since the last call.
   *
   * @return whether the command has ended, and all it wrote was handed on
   */
  public boolean read(GuestFiles files, Sink sink) throws IOException {
    List<GuestFile> all = list(files);
    boolean isOver = all.stream().anyMatch(one -> one.name().equals("exit"));
    var segments = new ArrayList<Segment>();
    for (GuestFile one : all) {
      Matcher name = NAME.matcher(one.name());
      if (name.matches()) {
        segments.add(
            new Segment(
                one.name(),
                name.group(1).equals("err"),
                Long.parseLong(name.group(2)),
                one.size()));
      }
    }
    segments.sort(Comparator.comparingLong(Segment::begin));
    for (Segment one : segments) {
      read(files, one, sink);
    }
    return isOver;
  }

  private List<GuestFile> list(GuestFiles files) throws IOException {
    var all = new ArrayList<GuestFile>();
    try {
      Iterator<GuestFile> each = files.list(folder);
      while (each.hasNext() && all.size() < MAX_FILES) {
        all.add(each.next());
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return all;
  }

  private void read(GuestFiles files, Segment segment, Sink sink) throws IOException {
    long from = Math.max(segment.isError() ? error : output, segment.begin());
    long left = segment.begin() + segment.size() - from;
    if (left <= 0) {
      return;
    }
    try (InputStream in = files.read(folder + "/" + segment.name(), from - segment.begin())) {
      while (left > 0) {
        byte[] bytes = in.readNBytes((int) Math.min(PIECE, left));
        if (bytes.length == 0) {
          return;
        }
        from += bytes.length;
        left -= bytes.length;
        if (segment.isError()) {
          error = from;
        } else {
          output = from;
        }
        sink.take(segment.isError(), bytes, from);
      }
    } catch (GuestFileFault e) {
      if (e.why() != FileFault.NOT_FOUND) {
        throw e;
      }
      // It was dropped meanwhile, for newer output.
    }
  }
}
