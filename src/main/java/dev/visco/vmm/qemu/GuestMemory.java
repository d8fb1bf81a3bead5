package dev.visco.vmm.qemu;

import dev.visco.host.HostFault;
import dev.visco.host.Pieces;
import dev.visco.host.PrivateMapping;
import dev.visco.host.ProcessFile;
import dev.visco.host.SealedMemory;
import dev.visco.host.SparseFile;
import dev.visco.host.SparseFile.DataRange;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a guest whose processors are stopped. It is a file in memory that QEMU has open:
 * either its own, or that of a snapshot, of which QEMU has a private mapping, and then the pages
 * that the guest has written are in no file ({@link PrivateMapping}). It is copied without QEMU, so
 * that QEMU's user need not be able to open the copy, and no guest gets access to a copy that
 * others start from.
 */
public final class GuestMemory {
  /** The kernel's name for the file of QEMU's memory-backend-memfd. */
  private static final String OWN = SealedMemory.kernelName("memory-backend-memfd");

  private static final String SHARED = "/memfd:" + SharedMemories.NAME;

  private static final Duration MIN = Duration.ofSeconds(30);

  /** The MiB per second of a slow disk, for deadlines. */
  private static final int SLOWEST = 20;

  /** What is read at once, and the unit of holes in a copy. */
  private static final int PIECE = 1 << 20;

  private static final int BLOCK = 1 << 16;

  /** What one thread copies at once. */
  private static final long SHARE = 16L << 20;

  private final long pid;
  private final int mib;
  private final long bytes;

  private GuestMemory(long pid, int mib) {
    this.pid = pid;
    this.mib = mib;
    this.bytes = (long) mib << 20;
  }

  /**
   * @param pid a QEMU that was started with {@link QemuCommand#machine}
   * @param mib the guest's memory
   */
  public static GuestMemory of(long pid, int mib) {
    return new GuestMemory(pid, mib);
  }

  private ProcessFile open() {
    ProcessFile file =
        ProcessFile.find(pid, name -> name.equals(OWN) || name.startsWith(SHARED))
            .orElseThrow(() ->
                new HostFault(
                    "the memory of QEMU's process "
                        + pid
                        + " cannot be copied: it has no file for it"));
    try {
      requireSize(file.path(), mib);
      return file;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Writes the memory into a new file {@code target}, with holes for zeros. It is not synced: that
   * would take as long as the disk needs, and the guest stands still meanwhile.
   *
   * @param permissions of the file, like {@code rw-------}, reduced by the process's umask
   * @throws HostFault when QEMU has ended, its memory is not such a file, or it cannot be written
   */
  public void save(Path target, String permissions) {
    try {
      Files.createFile(
          target,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    } catch (IOException e) {
      throw new HostFault("cannot write the guest's memory: " + HostFault.words(e), e);
    }
    try (ProcessFile file = open();
        var to = new RandomAccessFile(target.toFile(), "rw");
        FileChannel from = FileChannel.open(file.path())) {
      to.setLength(bytes);
      List<DataRange> data = SparseFile.data(file.path());
      if (file.name().equals(OWN)) {
        copy(data, from, null, to.getChannel());
      } else {
        try (PrivateMapping written = PrivateMapping.of(pid, file.name(), bytes)) {
          copy(data, from, written, to.getChannel());
        }
      }
    } catch (IOException e) {
      throw new HostFault("cannot write the guest's memory: " + HostFault.words(e), e);
    }
  }

  /** The guest stands still meanwhile, so that its processors are free for this. */
  private void copy(
      List<DataRange> data, FileChannel from, @Nullable PrivateMapping written, FileChannel to)
      throws IOException {
    long deadline = System.nanoTime() + MIN.plusSeconds(mib / SLOWEST).toNanos();
    Pieces.each(
        bytes,
        SHARE,
        (start, end) -> new MemoryCopy(data, from, written, to, deadline).run(start, end));
  }

  /**
   * A copy of a part of the memory under way.
   *
   * @param data where {@code from} has data, in order
   * @param written what the guest has written over it; null when that is in {@code from}
   */
  private final class MemoryCopy {
    private final List<DataRange> data;
    private final FileChannel from;
    private final @Nullable PrivateMapping written;
    private final FileChannel to;
    private final long deadline;

    /** The first part of {@code data} that is not yet passed. */
    private int next;

    MemoryCopy(
        List<DataRange> data,
        FileChannel from,
        @Nullable PrivateMapping written,
        FileChannel to,
        long deadline) {
      this.data = data;
      this.from = from;
      this.written = written;
      this.to = to;
      this.deadline = deadline;
    }

    void run(long start, long end) throws IOException {
      while (next < data.size() && data.get(next).end() <= start) {
        next++;
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocate(PIECE);
        ByteBuffer zeros = arena.allocate(BLOCK).asByteBuffer();
        for (long at = start; at < end; at += PIECE) {
          int length = (int) Math.min(PIECE, end - at);
          memory.fill((byte) 0);
          ByteBuffer piece = memory.asByteBuffer().limit(length);
          boolean isData = read(piece, at);
          boolean isWritten = written != null && written.overlay(piece, at);
          if (isData || isWritten) {
            write(piece, at, zeros);
          }
          if (System.nanoTime() > deadline) {
            throw new IOException(
                "the disk is too slow: it is at " + (at >> 20) + " MiB of " + mib);
          }
        }
      }
    }

    /** Reads what is data of a piece; whether any is. */
    private boolean read(ByteBuffer piece, long at) throws IOException {
      boolean isData = false;
      long end = at + piece.limit();
      for (; next < data.size() && data.get(next).start() < end; next++) {
        DataRange range = data.get(next);
        long start = Math.max(range.start(), at);
        int length = (int) (Math.min(range.end(), end) - start);
        if (length > 0) {
          isData = true;
          readFully(piece.slice((int) (start - at), length), start);
        }
        if (range.end() > end) {
          break; // The rest of it is in the next piece.
        }
      }
      return isData;
    }

    private void readFully(ByteBuffer into, long start) throws IOException {
      for (long at = start; into.hasRemaining(); ) {
        int count = from.read(into, at);
        if (count <= 0) {
          throw new IOException("it became shorter while it was read");
        }
        at += count;
      }
    }

    /** Writes all blocks that are not all zeros. */
    private void write(ByteBuffer piece, long at, ByteBuffer zeros) throws IOException {
      int length = piece.limit();
      for (int start = 0; start < length; ) {
        if (isZero(piece, start, zeros)) {
          start += BLOCK;
          continue;
        }
        int end = start + BLOCK;
        while (end < length && !isZero(piece, end, zeros)) {
          end += BLOCK;
        }
        ByteBuffer run = piece.slice(start, end - start);
        for (long place = at + start; run.hasRemaining(); ) {
          place += to.write(run, place);
        }
        start = end;
      }
    }

    private static boolean isZero(ByteBuffer piece, int start, ByteBuffer zeros) {
      return piece.slice(start, BLOCK).mismatch(zeros) < 0;
    }
  }

  /**
   * Fills the memory of a guest that has not run yet from {@code source}.
   *
   * @throws HostFault when the source has not exactly the size of the guest's memory
   */
  public void fill(Path source) {
    requireSize(source, mib);
    try (ProcessFile file = open()) {
      SparseFile.overlay(source, file.path());
    } catch (IOException e) {
      throw new HostFault("cannot fill the guest's memory: " + e.getMessage(), e);
    }
  }

  /**
   * Checks that a memory file has exactly the size of the guest's memory.
   *
   * @throws HostFault when it has not, or does not exist
   */
  static void requireSize(Path file, int mib) {
    long bytes;
    try {
      bytes = Files.size(file);
    } catch (IOException e) {
      throw new HostFault("the guest's memory is not there: " + e.getMessage(), e);
    }
    if (bytes != (long) mib << 20) {
      throw new HostFault(
          "%s has %d bytes, and a guest of %d MiB has %d of memory"
              .formatted(file, bytes, mib, (long) mib << 20));
    }
  }
}
