package dev.visco.model;

/**
 * The machine that a guest runs on.
 *
 * @param vcpus whole vCPUs, 1 to 32 (Firecracker's limit, {@code /machine-config})
 * @param memoryMib guest memory in MiB, 32 to 1,048,576
 * @param options limits and devices set by the VM's type
 */
public record MachineShape(Transport transport, int vcpus, int memoryMib, MachineOptions options) {
  private static final int MAX_VCPUS = 32;
  private static final int MIN_MEMORY_MIB = 32;
  private static final int MAX_MEMORY_MIB = 1 << 20;

  public MachineShape {
    checkSize(vcpus, memoryMib);
  }

  /** A machine with default options. */
  public MachineShape(Transport transport, int vcpus, int memoryMib) {
    this(transport, vcpus, memoryMib, MachineOptions.NONE);
  }

  /** The same machine with its virtio devices on this transport. */
  public MachineShape with(Transport other) {
    return new MachineShape(other, vcpus, memoryMib, options);
  }

  /** The same machine with another size. */
  public MachineShape sized(int otherVcpus, int otherMemoryMib) {
    return new MachineShape(transport, otherVcpus, otherMemoryMib, options);
  }

  /** The same machine with these options. */
  public MachineShape with(MachineOptions other) {
    return new MachineShape(transport, vcpus, memoryMib, other);
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
