package dev.visco.model;

import org.jspecify.annotations.Nullable;

/**
 * The machine that a guest runs on.
 *
 * @param vcpus whole vCPUs, 1 to 32 (Firecracker's limit, {@code /machine-config})
 * @param memoryMib guest memory in MiB, 32 to 1,048,576
 * @param options limits and devices set by the VM's type
 * @param diskMib size of its root disk in MiB, 1 to 8,388,608 (8 TiB); null for its image's own
 * @param next the size that it gets at its next boot; null when that is the one that it has
 */
public record MachineShape(
    Transport transport,
    int vcpus,
    int memoryMib,
    MachineOptions options,
    @Nullable Integer diskMib,
    @Nullable MachineSize next) {
  private static final int MAX_VCPUS = 32;
  private static final int MIN_MEMORY_MIB = 32;
  private static final int MAX_MEMORY_MIB = 1 << 20;

  /** Half of what the largest file of an ext4 holds, where a raw disk may lie. */
  private static final int MAX_DISK_MIB = 8 << 20;

  public MachineShape {
    checkSize(vcpus, memoryMib);
    if (diskMib != null) {
      checkDisk(diskMib);
    }
  }

  /** One that keeps its size. */
  public MachineShape(
      Transport transport,
      int vcpus,
      int memoryMib,
      MachineOptions options,
      @Nullable Integer diskMib) {
    this(transport, vcpus, memoryMib, options, diskMib, null);
  }

  /** One with its image's own disk. */
  public MachineShape(Transport transport, int vcpus, int memoryMib, MachineOptions options) {
    this(transport, vcpus, memoryMib, options, null);
  }

  /** A machine with default options. */
  public MachineShape(Transport transport, int vcpus, int memoryMib) {
    this(transport, vcpus, memoryMib, MachineOptions.NONE);
  }

  /** The same machine with its virtio devices on this transport. */
  public MachineShape with(Transport other) {
    return new MachineShape(other, vcpus, memoryMib, options, diskMib, next);
  }

  /** The same machine with other vCPUs and memory, also at its next boot. */
  public MachineShape sized(int otherVcpus, int otherMemoryMib) {
    return new MachineShape(transport, otherVcpus, otherMemoryMib, options, diskMib);
  }

  /** The same machine with these options. */
  public MachineShape with(MachineOptions other) {
    return new MachineShape(transport, vcpus, memoryMib, other, diskMib, next);
  }

  /** The same with a root disk of this size in MiB, null for its image's own. */
  public MachineShape withDisk(@Nullable Integer mib) {
    return new MachineShape(transport, vcpus, memoryMib, options, mib, next);
  }

  /** The size that it has. */
  public MachineSize size() {
    return new MachineSize(vcpus, memoryMib, diskMib);
  }

  /** The larger of its size and its next one, which is reserved for it. */
  public MachineSize reserved() {
    return next == null ? size() : size().max(next);
  }

  /** The same with another size at its next boot; one that it has already is none. */
  public MachineShape withNext(MachineSize wanted) {
    return new MachineShape(
        transport, vcpus, memoryMib, options, diskMib, wanted.equals(size()) ? null : wanted);
  }

  /** The machine that boots next: with its next size, if it has one. */
  public MachineShape atNextBoot() {
    return next == null ? this : of(next);
  }

  /** The same with this size, also at its next boot. */
  public MachineShape of(MachineSize size) {
    return new MachineShape(transport, size.vcpus(), size.memoryMib(), options, size.diskMib());
  }

  /** A disk's size in MiB as people write it; refused when no VM can have such a disk. */
  public static int disk(String text) {
    long mib = Sizes.mib("disk", text);
    checkDisk(mib);
    return (int) mib;
  }

  /** Memory in MiB as people write it: a number of MiB, or one with its unit. */
  public static int memory(String text) {
    long mib = Sizes.mibOrNumber("memory", text);
    return (int) Math.min(mib, Integer.MAX_VALUE); // More than the largest machine has.
  }

  static void checkDisk(long mib) {
    if (mib < 1 || mib > MAX_DISK_MIB) {
      throw Refused.invalid("disk", Sizes.text(mib), "is out of range", "Give 1m to 8t.");
    }
  }

  static void checkSize(int vcpus, int memoryMib) {
    if (vcpus < 1 || vcpus > MAX_VCPUS) {
      throw Refused.invalid(
          "vcpus", Integer.toString(vcpus), "is out of range", "Give a whole number from 1 to 32.");
    }
    if (memoryMib < MIN_MEMORY_MIB || memoryMib > MAX_MEMORY_MIB) {
      throw Refused.invalid(
          "memoryMib", Integer.toString(memoryMib), "is out of range", "Give 32 to 1048576 MiB.");
    }
  }
}
