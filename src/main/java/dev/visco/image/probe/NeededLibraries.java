package dev.visco.image.probe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The libraries that an ELF file needs (System V ABI, chapter 5).
 *
 * @param names like {@code libc.so.6} ({@code DT_NEEDED})
 * @param folders where it says that they are ({@code DT_RUNPATH}, {@code DT_RPATH})
 */
record NeededLibraries(List<String> names, List<String> folders) {
  private static final NeededLibraries NONE = new NeededLibraries(List.of(), List.of());
  private static final int DYNAMIC = 2;
  private static final long NEEDED = 1;
  private static final long TEXTS = 5;
  private static final long RPATH = 15;
  private static final long RUNPATH = 29;
  private static final int MAX_BYTES = 64 << 10;
  private static final int MAX_TEXT = 1024;
  private static final int MAX_ENTRIES = 512;

  /** Their names; none for a static program and for what is no program. */
  static List<String> of(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      RandomAccessBytes bytes = RandomAccessBytes.of(channel);
      Optional<Elf> elf = Elf.of(bytes);
      return elf.isEmpty() || !elf.get().isX8664() ? List.of() : of(bytes, elf.get()).names();
    }
  }

  /** Those of a file for x86-64. */
  static NeededLibraries of(RandomAccessBytes bytes, Elf elf) throws IOException {
    for (Elf.Segment segment : elf.segments()) {
      if (segment.type() == DYNAMIC && segment.size() > 0 && segment.size() <= MAX_BYTES) {
        return read(bytes, elf, bytes.little(segment.offset(), (int) segment.size()));
      }
    }
    return NONE;
  }

  private static NeededLibraries read(RandomAccessBytes bytes, Elf elf, ByteBuffer table)
      throws IOException {
    var needed = new ArrayList<Long>();
    var folders = new ArrayList<Long>();
    long texts = 0;
    while (table.remaining() >= 16) {
      long tag = table.getLong();
      long value = table.getLong();
      if (tag == NEEDED && needed.size() < MAX_ENTRIES) {
        needed.add(value);
      } else if (tag == RPATH || tag == RUNPATH) {
        folders.add(value);
      } else if (tag == TEXTS) {
        texts = value;
      }
    }
    long start = place(elf, texts);
    var names = new ArrayList<String>();
    for (long offset : needed) {
      names.add(text(bytes, offset + start));
    }
    var places = new ArrayList<String>();
    for (long offset : folders.subList(0, Math.min(folders.size(), 2))) {
      places.addAll(Arrays.asList(text(bytes, offset + start).split(":")));
    }
    return new NeededLibraries(names, places);
  }

  /** Where in the file an address is. */
  private static long place(Elf elf, long address) {
    for (Elf.Segment segment : elf.segments()) {
      long into = address - segment.address();
      if (segment.isLoaded() && into >= 0 && into < segment.size()) {
        return segment.offset() + into;
      }
    }
    return address;
  }

  private static String text(RandomAccessBytes bytes, long at) throws IOException {
    var name = new StringBuilder();
    int length = (int) Math.clamp(bytes.size() - at, 0, MAX_TEXT);
    if (at < 0 || length == 0) {
      return "";
    }
    ByteBuffer found = bytes.little(at, length);
    for (byte one = found.get(); one != 0 && found.hasRemaining(); one = found.get()) {
      name.append((char) one);
    }
    return name.toString();
  }
}
