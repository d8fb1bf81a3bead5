package dev.visco.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A private mapping of a file in another process, and which of its pages that process has written:
 * those are its own, all others are still the file's. Only written pages are ever read here:
 * reading another one could give the file a page where it has a hole. See proc(5), {@code maps} and
 * {@code mem}, and the kernel's {@code admin-guide/mm/pagemap.rst}.
 */
public final class PrivateMapping implements AutoCloseable {
  /** The size of a page on x86-64. */
  public static final int PAGE = 4096;

  private static final long PRESENT = 1L << 63;
  private static final long SWAPPED = 1L << 62;

  /** Of a file, or shared. */
  private static final long OF_FILE = 1L << 61;

  /** Start, end, rights, offset, device, inode, name. */
  private static final Pattern LINE =
      Pattern.compile(
          "([0-9a-f]{1,16})-([0-9a-f]{1,16}) (\\S{4}) ([0-9a-f]{1,16}) \\S+ \\d+ +(\\S.*)");

  private final long pid;

  /** Addresses by the offset in the file at which each part of the mapping begins. */
  private final TreeMap<Long, Long> parts;

  private final FileChannel memory;
  private final FileChannel pages;

  private PrivateMapping(long pid, TreeMap<Long, Long> parts) throws IOException {
    this.pid = pid;
    this.parts = parts;
    memory = FileChannel.open(Path.of("/proc/" + pid + "/mem"));
    try {
      pages = FileChannel.open(Path.of("/proc/" + pid + "/pagemap"));
    } catch (IOException | RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /**
   * @param name the kernel's name for the file
   * @param bytes the file's size, all of which is mapped; a whole number of pages
   * @throws HostFault when the process has ended, may not be looked into, or has not exactly one
   *     writable private mapping of all of the file
   */
  public static PrivateMapping of(long pid, String name, long bytes) {
    try {
      var parts = new TreeMap<Long, Long>();
      long mapped = 0;
      for (String line :
          Files.readAllLines(Path.of("/proc/" + pid + "/maps"), StandardCharsets.ISO_8859_1)) {
        Matcher part = LINE.matcher(line);
        if (part.matches() && part.group(5).equals(name) && part.group(3).startsWith("rw-p")) {
          long start = Long.parseUnsignedLong(part.group(1), 16);
          parts.put(Long.parseUnsignedLong(part.group(4), 16), start);
          mapped += Long.parseUnsignedLong(part.group(2), 16) - start;
        }
      }
      if (mapped != bytes || parts.isEmpty() || parts.firstKey() != 0) {
        throw new HostFault(
            "process %d has %d bytes of %s mapped privately, and not its %d bytes once"
                .formatted(pid, mapped, name, bytes));
      }
      return new PrivateMapping(pid, parts);
    } catch (IOException e) {
      throw fault(pid, e);
    }
  }

  private static HostFault fault(long pid, IOException e) {
    return new HostFault("cannot read the memory of process " + pid + ": " + HostFault.words(e), e);
  }

  /**
   * Reads the pages that the process has written over {@code buffer}, which holds the file's
   * content; all other bytes of the buffer stay.
   *
   * @param offset in the file of the buffer's first byte; both are whole numbers of pages
   * @param buffer from its position to its limit; its position is not changed
   * @return whether there was such a page
   */
  public boolean overlay(ByteBuffer buffer, long offset) {
    try {
      ByteBuffer entries = entries(offset, buffer.remaining() / PAGE);
      boolean isWritten = false;
      int count = entries.remaining() / Long.BYTES;
      for (int page = 0; page < count; ) {
        if (!isOwn(entries.getLong(page * Long.BYTES))) {
          page++;
          continue;
        }
        int end = page + 1;
        // In one piece, unless the mapping is in several parts.
        while (end < count
            && isOwn(entries.getLong(end * Long.BYTES))
            && address(offset + (long) end * PAGE)
                == address(offset + (long) page * PAGE) + (long) (end - page) * PAGE) {
          end++;
        }
        ByteBuffer piece = buffer.slice(buffer.position() + page * PAGE, (end - page) * PAGE);
        readFully(memory, piece, address(offset + (long) page * PAGE));
        isWritten = true;
        page = end;
      }
      return isWritten;
    } catch (IOException e) {
      throw fault(pid, e);
    }
  }

  private static boolean isOwn(long entry) {
    return (entry & (PRESENT | SWAPPED)) != 0 && (entry & OF_FILE) == 0;
  }

  private ByteBuffer entries(long offset, int count) throws IOException {
    var entries = ByteBuffer.allocate(count * Long.BYTES).order(ByteOrder.nativeOrder());
    for (int page = 0; page < count; ) {
      long address = address(offset + (long) page * PAGE);
      int same = 1;
      while (page + same < count
          && address(offset + (long) (page + same) * PAGE) == address + (long) same * PAGE) {
        same++;
      }
      ByteBuffer piece = entries.slice(page * Long.BYTES, same * Long.BYTES);
      readFully(pages, piece, address / PAGE * Long.BYTES);
      page += same;
    }
    return entries;
  }

  private long address(long offset) {
    var part = parts.floorEntry(offset);
    return part.getValue() + (offset - part.getKey());
  }

  private static void readFully(FileChannel from, ByteBuffer into, long at) throws IOException {
    for (long next = at; into.hasRemaining(); ) {
      int count = from.read(into, next);
      if (count <= 0) {
        throw new IOException("it has ended");
      }
      next += count;
    }
  }

  @Override
  public void close() {
    try (memory) {
      pages.close();
    } catch (IOException e) {
      throw fault(pid, e);
    }
  }
}
