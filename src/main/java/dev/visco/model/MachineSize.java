package dev.visco.model;

import org.jspecify.annotations.Nullable;

/**
 * How large a machine is.
 *
 * @param vcpus whole vCPUs, 1 to 32
 * @param memoryMib guest memory in MiB, 32 to 1,048,576
 * @param diskMib size of its root disk in MiB; null for its image's own
 */
public record MachineSize(int vcpus, int memoryMib, @Nullable Integer diskMib) {
  public MachineSize {
    MachineShape.checkSize(vcpus, memoryMib);
    if (diskMib != null) {
      MachineShape.checkDisk(diskMib);
    }
  }

  /** The larger of both in each respect. */
  MachineSize max(MachineSize other) {
    return new MachineSize(
        Math.max(vcpus, other.vcpus),
        Math.max(memoryMib, other.memoryMib),
        diskMib == null || other.diskMib == null
            ? (diskMib == null ? other.diskMib : diskMib)
            : Integer.valueOf(Math.max(diskMib, other.diskMib)));
  }

  /** As people read it, like {@code 2 vCPUs, 1g of memory, a disk of 8g}. */
  public String text() {
    return vcpus
        + (vcpus == 1 ? " vCPU, " : " vCPUs, ")
        + Sizes.text(memoryMib)
        + " of memory"
        + (diskMib == null ? "" : ", a disk of " + Sizes.text(diskMib));
  }
}
