package dev.visco.vmm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * When the bytes of a console were written. A guest's console has no times of its own; while a
 * daemon runs it marks, once a second for a console that grows, how long the file was at which
 * time. The marks are in {@code console.times} beside it, a line each: milliseconds since 1970, the
 * size, and the file's identity, by which a mark is found after the file was renamed.
 */
public final class ConsoleTimes {
  /** Half of the marks are dropped, the oldest first, when there are as many. */
  static final int MAX_MARKS = 8192;

  private static final String NAME = "console.times";
  private final Path console;
  private final List<TimeMark> marks;
  private String asked = "";
  private long askedOffset;
  private int cursor;

  /**
   * A mark.
   *
   * @param millis when the file was written last
   * @param size of the file then, in bytes
   * @param file its identity
   */
  private record TimeMark(long millis, long size, String file) {
    static TimeMark of(String line) {
      String[] parts = line.split(" ", 3);
      return new TimeMark(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]);
    }

    String line() {
      return millis + " " + size + " " + file + "\n";
    }
  }

  private ConsoleTimes(Path console, List<TimeMark> marks) {
    this.console = console;
    this.marks = marks;
  }

  /** The file with the marks of a console. */
  public static Path file(Path console) {
    return console.resolveSibling(NAME);
  }

  /** The marks of a console that there are; a line that was half written is none. */
  public static ConsoleTimes read(Path console) throws IOException {
    var marks = new ArrayList<TimeMark>();
    try {
      for (String line : Files.readAllLines(file(console), StandardCharsets.UTF_8)) {
        if (line.matches("\\d{1,18} \\d{1,18} \\(.+\\)")) {
          marks.add(TimeMark.of(line));
        }
      }
    } catch (NoSuchFileException e) {
      // Nobody has marked it.
    }
    return new ConsoleTimes(console, marks);
  }

  /** Marks how long the console is now, if it has changed since the last mark. */
  public void mark() throws IOException {
    TimeMark now;
    try {
      now = now();
    } catch (NoSuchFileException e) {
      return;
    }
    TimeMark last = marks.isEmpty() ? null : marks.getLast();
    if (now.size() == 0
        || (last != null && last.size() == now.size() && last.file().equals(now.file()))) {
      return;
    }
    marks.add(now);
    if (marks.size() < MAX_MARKS) {
      Files.writeString(
          file(console), now.line(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return;
    }
    marks.subList(0, MAX_MARKS / 2).clear();
    var text = new StringBuilder();
    marks.forEach(mark -> text.append(mark.line()));
    Path whole = console.resolveSibling(NAME + ".new");
    Files.writeString(whole, text);
    Files.move(whole, file(console), StandardCopyOption.ATOMIC_MOVE);
  }

  private TimeMark now() throws IOException {
    BasicFileAttributes facts = Files.readAttributes(console, BasicFileAttributes.class);
    return new TimeMark(
        facts.lastModifiedTime().toMillis(), facts.size(), String.valueOf(facts.fileKey()));
  }

  /**
   * When a byte was written, late by a second at most: the time of the first mark behind it; for
   * what is newer than all marks, that of the file's last change. Quick for bytes one after the
   * other.
   *
   * @param file the identity of the file that it is in, {@code BasicFileAttributes.fileKey}
   * @param offset its place there
   */
  public Instant of(String file, long offset) throws IOException {
    if (!file.equals(asked) || offset < askedOffset) {
      cursor = first(file);
    }
    asked = file;
    askedOffset = offset;
    while (cursor < marks.size() && !isBehind(marks.get(cursor), file, offset)) {
      cursor++;
    }
    if (cursor < marks.size()) {
      return Instant.ofEpochMilli(marks.get(cursor).millis());
    }
    try {
      return Instant.ofEpochMilli(now().millis());
    } catch (NoSuchFileException e) {
      return marks.isEmpty() ? Instant.EPOCH : Instant.ofEpochMilli(marks.getLast().millis());
    }
  }

  /** The file's first mark; for one without marks the first that there is, unless it is new. */
  private int first(String file) throws IOException {
    for (int at = 0; at < marks.size(); at++) {
      if (marks.get(at).file().equals(file)) {
        return at;
      }
    }
    boolean isNew = Files.exists(console) && now().file().equals(file);
    return isNew ? marks.size() : 0;
  }

  private static boolean isBehind(TimeMark mark, String file, long offset) {
    return !mark.file().equals(file) || mark.size() > offset;
  }
}
