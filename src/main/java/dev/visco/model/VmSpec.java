package dev.visco.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one VM shall be, complete: a request with the defaults of its type filled in.
 *
 * @param vcpus whole vCPUs, 1 to 32 (Firecracker's limit, {@code /machine-config})
 * @param memoryMib guest memory in MiB, 32 to 1,048,576
 * @param bootArgs further kernel parameters of the user's own, one a string, behind ours; no blanks
 *     inside
 * @param timeToLive from create to its destruction, or null for no end
 * @param deadline from launch to ready, above zero
 * @param overruled rules of the preflight that objected and that the caller overruled
 * @param release the VMM release that runs it, {@code qemu} for the host's QEMU
 * @param options limits and devices that its type sets
 * @param trial what it tries out as the copy of a VM that failed, null for an ordinary VM
 */
public record VmSpec(
    UserId user,
    String type,
    String image,
    Transport transport,
    int vcpus,
    int memoryMib,
    List<String> bootArgs,
    @Nullable Duration timeToLive,
    Duration deadline,
    List<String> overruled,
    String release,
    MachineOptions options,
    @Nullable Trial trial) {
  /** The release of every row that names none: the host's own QEMU. */
  public static final String QEMU = "qemu";

  /** An ordinary VM that nobody objects to. */
  public VmSpec(
      UserId user,
      String type,
      String image,
      Transport transport,
      int vcpus,
      int memoryMib,
      List<String> bootArgs,
      @Nullable Duration timeToLive,
      Duration deadline) {
    this(
        user,
        type,
        image,
        transport,
        vcpus,
        memoryMib,
        bootArgs,
        timeToLive,
        deadline,
        List.of(),
        QEMU,
        MachineOptions.NONE,
        null);
  }

  /** The same, with what the caller overruled. */
  public VmSpec overruling(List<String> rules) {
    return new VmSpec(
        user,
        type,
        image,
        transport,
        vcpus,
        memoryMib,
        bootArgs,
        timeToLive,
        deadline,
        rules,
        release,
        options,
        trial);
  }

  /** The same, run by this VMM release. */
  public VmSpec on(String vmm) {
    return new VmSpec(
        user,
        type,
        image,
        transport,
        vcpus,
        memoryMib,
        bootArgs,
        timeToLive,
        deadline,
        overruled,
        vmm,
        options,
        trial);
  }

  /** The same, of this size. */
  public VmSpec sized(int otherVcpus, int otherMemoryMib) {
    return new VmSpec(
        user,
        type,
        image,
        transport,
        otherVcpus,
        otherMemoryMib,
        bootArgs,
        timeToLive,
        deadline,
        overruled,
        release,
        options,
        trial);
  }

  /** The same with what its type sets. */
  public VmSpec with(MachineOptions set) {
    return new VmSpec(
        user,
        type,
        image,
        transport,
        vcpus,
        memoryMib,
        bootArgs,
        timeToLive,
        deadline,
        overruled,
        release,
        set,
        trial);
  }

  /**
   * A throw-away copy of a VM that failed, with its disk and without a way to the outside.
   *
   * @param of whose disk it gets a copy of
   * @param kernelOf the image whose kernel and initramfs it boots, null for its own
   * @param hasAddress whether {@code ip=} stands on its command line
   */
  public record Trial(VmId of, @Nullable Digest kernelOf, boolean hasAddress) {}

  public VmSpec {
    checkSize(vcpus, memoryMib);
    checkDeadline(deadline);
    bootArgs = List.copyOf(bootArgs);
    // Rows of earlier versions have none.
    overruled = overruled == null ? List.of() : List.copyOf(overruled);
    release = release == null ? QEMU : release;
    options = options == null ? MachineOptions.NONE : options;
    for (String argument : bootArgs) {
      if (argument.isEmpty() || !argument.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw Refused.invalid(
            "bootArgs",
            argument,
            "is not one kernel parameter",
            "Give each parameter by itself, printable ASCII without blanks.");
      }
    }
    if (timeToLive != null && (timeToLive.isNegative() || timeToLive.isZero())) {
      throw Refused.invalid(
          "ttl",
          Durations.text(timeToLive),
          "is not a time to live",
          "Give a time above zero, like 2h.");
    }
  }

  static void checkDeadline(Duration deadline) {
    if (deadline.isNegative() || deadline.isZero()) {
      throw Refused.invalid(
          "deadline",
          Durations.text(deadline),
          "is not after the launch",
          "Give a time above zero, like 120s.");
    }
  }

  static void checkSize(int vcpus, int memoryMib) {
    if (vcpus < 1 || vcpus > 32) {
      throw Refused.invalid(
          "vcpus", Integer.toString(vcpus), "is out of range", "Give a whole number from 1 to 32.");
    }
    if (memoryMib < 32 || memoryMib > 1_048_576) {
      throw Refused.invalid(
          "memoryMib", Integer.toString(memoryMib), "is out of range", "Give 32 to 1048576 MiB.");
    }
  }
}
