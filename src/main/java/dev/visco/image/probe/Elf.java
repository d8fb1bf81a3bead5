package dev.visco.image.probe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An ELF file's header and program headers (System V ABI, chapter 4, and {@code elf(5)}).
 *
 * @param bits 32 or 64
 * @param machine {@code e_machine}; 62 is x86-64
 * @param type {@code e_type}; 1 relocatable, 2 executable, 3 shared
 */
public record Elf(int bits, int machine, int type, List<Segment> segments) {
  public static final int RELOCATABLE = 1;
  public static final int EXECUTABLE = 2;
  private static final int X86_64 = 62;
  private static final int LOAD = 1;
  private static final int INTERPRETER = 3;
  private static final int NOTE = 4;

  /** {@code XEN_ELFNOTE_PHYS32_ENTRY} of Xen's {@code elfnote.h}. */
  private static final int PVH_ENTRY = 18;

  private static final int MAX_NOTE_BYTES = 1 << 20;
  private static final Map<Integer, String> MACHINES =
      Map.of(
          3,
          "i386",
          8,
          "MIPS",
          20,
          "PowerPC",
          21,
          "ppc64",
          22,
          "s390x",
          40,
          "arm",
          62,
          "x86-64",
          183,
          "aarch64",
          243,
          "riscv",
          258,
          "loongarch");

  /**
   * A part of the file described by a program header.
   *
   * @param address its address in physical memory
   * @param memory its size there in bytes, at least {@code size}, that in the file
   */
  public record Segment(int type, long offset, long size, long address, long memory) {
    public boolean isLoaded() {
      return type == LOAD && size > 0;
    }
  }

  /**
   * Reads an ELF file; empty when it is not one. Of a big-endian file only the machine is read,
   * without segments.
   */
  public static Optional<Elf> of(RandomAccessBytes bytes) throws IOException {
    if (!bytes.has(0, "\u007fELF")) {
      return Optional.empty();
    }
    ByteBuffer head = bytes.little(0, 64);
    int bits = head.get(4) == 2 ? 64 : 32;
    boolean isLittle = head.get(5) == 1;
    int machine = isLittle ? head.getShort(18) : Short.reverseBytes(head.getShort(18));
    var segments = new ArrayList<Segment>();
    if (bits == 64 && isLittle) {
      int size = head.getShort(54) & 0xffff;
      int count = head.getShort(56) & 0xffff;
      for (int number = 0; number < count; number++) {
        ByteBuffer one = bytes.little(head.getLong(32) + (long) number * size, 56);
        segments.add(
            new Segment(
                one.getInt(0), one.getLong(8), one.getLong(32), one.getLong(24), one.getLong(40)));
      }
    }
    return Optional.of(new Elf(bits, machine & 0xffff, head.getShort(16), List.copyOf(segments)));
  }

  public boolean isX8664() {
    return bits == 64 && machine == X86_64;
  }

  /** The architecture's name, or its number. */
  public String architecture() {
    return MACHINES.getOrDefault(machine, "machine " + machine);
  }

  /** Whether it needs a dynamic linker, and so is a program and not a kernel. */
  public boolean isProgram() {
    return segments.stream().anyMatch(segment -> segment.type() == INTERPRETER);
  }

  /** The end of the last loaded part; a shorter file is truncated. */
  public long end() {
    return segments.stream()
        .filter(Segment::isLoaded)
        .mapToLong(segment -> segment.offset() + segment.size())
        .max()
        .orElse(0);
  }

  /** The end of the highest loaded part in physical memory, in bytes; 0 when unknown. */
  public long memoryEnd() {
    return segments.stream()
        .filter(segment -> segment.type() == LOAD)
        .mapToLong(segment -> segment.address() + segment.memory())
        .max()
        .orElse(0);
  }

  /** Whether it has a PVH entry point, which QEMU's {@code -kernel} needs. */
  public boolean hasPvhEntry(RandomAccessBytes bytes) throws IOException {
    for (Segment segment : segments) {
      if (segment.type() == NOTE && hasPvhEntry(bytes, segment)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasPvhEntry(RandomAccessBytes bytes, Segment segment) throws IOException {
    int size = (int) Math.clamp(segment.size(), 0, MAX_NOTE_BYTES);
    ByteBuffer notes = bytes.little(segment.offset(), size);
    int at = 0;
    while (at + 12 <= size) {
      long name = notes.getInt(at) & 0xffffffffL;
      long content = notes.getInt(at + 4) & 0xffffffffL;
      boolean isXen = name == 4 && at + 16 <= size && notes.getInt(at + 12) == 0x006e6558;
      if (isXen && notes.getInt(at + 8) == PVH_ENTRY) {
        return true;
      }
      long next = at + 12L + aligned(name) + aligned(content);
      if (next > size) {
        break;
      }
      at = (int) next;
    }
    return false;
  }

  private static long aligned(long size) {
    return (size + 3) / 4 * 4;
  }
}
