package dev.visco.compatible;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Checks the kernel's file as Firecracker does: on x86 it must be an uncompressed 64-bit ELF whose
 * segments fit into the machine's memory. See elf(5).
 */
final class ElfKernel {
  private static final int HEADER = 64;
  private static final int SEGMENT = 56;
  private static final int LOADED = 1;
  private static final int NOTE = 4;
  private static final int XEN = 0x006e6558;
  private static final int PVH_ENTRY = 18;
  private static final int MAGIC = 0x464c457f;
  private static final int MAX_NOTE_BYTES = 1 << 16;

  private ElfKernel() {}

  /**
   * @param memoryMib of the machine
   */
  static void check(Path file, long memoryMib) throws Fault {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer header = read(channel, 0, HEADER);
      if (header.limit() < HEADER || header.getInt(0) != MAGIC) {
        throw new Fault("The kernel cannot be loaded: invalid ELF magic, it is no vmlinux.");
      }
      if (header.get(4) != 2 || header.get(5) != 1) {
        throw new Fault("The kernel cannot be loaded: it is no 64-bit little-endian ELF.");
      }
      ByteBuffer segments =
          read(channel, header.getLong(32), (header.getShort(56) & 0xffff) * SEGMENT);
      for (int at = 0; at + SEGMENT <= segments.limit(); at += SEGMENT) {
        long end = segments.getLong(at + 24) + segments.getLong(at + 40);
        if (segments.getInt(at) == LOADED
            && Long.compareUnsigned(end, memoryMib > Long.MAX_VALUE >> 20 ? -1 : memoryMib << 20)
                > 0) {
          throw new Fault(
              "The kernel cannot be loaded: it reaches to %d bytes, memory has %d MiB."
                  .formatted(end, memoryMib));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new Fault("The kernel cannot be read: " + e.getMessage());
    }
  }

  /**
   * Whether QEMU can start it: it has a PVH entry, a note of Xen's of type 18, or it is no ELF but
   * a bzImage, which is started by Linux's own protocol.
   */
  static boolean isForQemu(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer header = read(channel, 0, HEADER);
      if (header.limit() < HEADER || header.getInt(0) != MAGIC) {
        return true;
      }
      ByteBuffer segments =
          read(channel, header.getLong(32), (header.getShort(56) & 0xffff) * SEGMENT);
      for (int at = 0; at + SEGMENT <= segments.limit(); at += SEGMENT) {
        int size = (int) Math.clamp(segments.getLong(at + 32), 0, MAX_NOTE_BYTES);
        if (segments.getInt(at) == NOTE
            && isPvhEntry(read(channel, segments.getLong(at + 8), size))) {
          return true;
        }
      }
      return false;
    }
  }

  /** Notes stand one after the other, each part of them at a multiple of four bytes. */
  private static boolean isPvhEntry(ByteBuffer notes) {
    int at = 0;
    while (at + 16 <= notes.limit()) {
      long name = notes.getInt(at) & 0xffffffffL;
      long content = notes.getInt(at + 4) & 0xffffffffL;
      if (name == 4 && notes.getInt(at + 12) == XEN && notes.getInt(at + 8) == PVH_ENTRY) {
        return true;
      }
      at = (int) Math.min(notes.limit(), at + 12L + (name + 3 & ~3L) + (content + 3 & ~3L));
    }
    return false;
  }

  private static ByteBuffer read(FileChannel channel, long position, int size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) > 0) {
      // A read may return less than requested.
    }
    return buffer.flip();
  }
}
