package dev.visco.compatible;

import dev.visco.model.Rate;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A complete and checked machine.
 *
 * @param pci whether devices are on PCI, otherwise on virtio-mmio
 * @param kernel an uncompressed ELF
 * @param commandLine the whole command line that the guest sees
 * @param devices in the order in which Firecracker attaches them
 */
record GuestPlan(
    boolean pci,
    Path kernel,
    @Nullable Path initrd,
    String commandLine,
    int vcpus,
    int memoryMib,
    List<Device> devices) {
  GuestPlan {
    devices = List.copyOf(devices);
  }

  GuestPlan withCommandLine(String line) {
    return new GuestPlan(pci, kernel, initrd, line, vcpus, memoryMib, devices);
  }

  /** One virtio device. */
  sealed interface Device {
    /** Its name in the API. */
    String id();
  }

  /**
   * @param pollingSeconds the interval of the guest's statistics, 0 for none
   */
  record PlannedBalloon(String id, int mib, boolean deflatesOnOutOfMemory, int pollingSeconds)
      implements Device {}

  /** A virtio block device on a raw file. */
  record PlannedDisk(String id, Path file, boolean readOnly, @Nullable Rate rate)
      implements Device {}

  /** A network card on a TAP of the process's own network namespace. */
  record PlannedNetwork(
      String id, String tap, @Nullable String mac, @Nullable Rate receive, @Nullable Rate transmit)
      implements Device {}

  /** A socket device, which QEMU has only with the host kernel's vhost-vsock. */
  record PlannedVsock(String id, long cid, Path socket) implements Device {}

  /** A random number generator. */
  record PlannedEntropy(String id) implements Device {}
}
