package dev.visco.diagnose;

import dev.visco.model.Objection;
import dev.visco.model.Transport;
import java.util.List;
import java.util.Optional;

/** Objections to a kernel, an initramfs or a root disk that lack something for the boot. */
final class KernelObjections {
  private KernelObjections() {}

  static Optional<Objection> memoryBelowKernel(BootPlan plan) {
    int min = plan.kernel().minMemoryMib();
    return Objections.when(
        plan.memoryMib() < min,
        "memory-below-kernel",
        "memoryMib",
        Integer.toString(plan.memoryMib()),
        "This kernel needs "
            + min
            + " MiB to unpack itself; with less it dies without a word, and the VMM ends with exit code 0.",
        "Give at least " + Math.max(min, plan.imageMinMemoryMib()) + " MiB.",
        Integer.toString(Math.max(min, plan.imageMinMemoryMib())));
  }

  static Optional<Objection> memoryBelowImage(BootPlan plan) {
    return Objections.when(
        plan.memoryMib() >= plan.kernel().minMemoryMib()
            && plan.memoryMib() < plan.imageMinMemoryMib(),
        "memory-below-image",
        "memoryMib",
        Integer.toString(plan.memoryMib()),
        "The image says that its services need " + plan.imageMinMemoryMib() + " MiB.",
        "Give at least " + plan.imageMinMemoryMib() + " MiB.",
        Integer.toString(plan.imageMinMemoryMib()));
  }

  static Optional<Objection> transportDriverMissing(BootPlan plan) {
    boolean isPci = plan.transport() == Transport.PCI;
    String option = isPci ? "VIRTIO_PCI" : "VIRTIO_MMIO";
    return Objections.when(
        plan.kernel().lacks(option, isPci ? "virtio_pci" : "virtio_mmio"),
        isPci ? "virtio-pci-missing" : "virtio-mmio-missing",
        "image",
        plan.kernel().option(option),
        "The kernel cannot see virtio devices on " + (isPci ? "PCI" : "MMIO") + ".",
        driverRemedy(plan, isPci ? "virtio_pci" : "virtio_mmio")
            + (isPci ? " Transport mmio may work." : " Transport pci may work."),
        isPci ? "mmio" : "pci");
  }

  static Optional<Objection> modulesOfAnotherKernel(BootPlan plan) {
    String release = plan.kernel().release();
    String modules = plan.kernel().initrdRelease();
    return Objections.when(
        release != null && modules != null && !release.equals(modules),
        "modules-of-another-kernel",
        "image",
        "kernel " + release + ", modules " + modules,
        "A kernel loads only modules that were built for it: the initramfs can load none of its drivers.",
        "Make the initramfs from the modules of "
            + release
            + " (update-initramfs -c -k "
            + release
            + ").",
        null);
  }

  static Optional<Objection> blockDriverMissing(BootPlan plan) {
    return Objections.when(
        plan.kernel().lacks("VIRTIO_BLK", "virtio_blk"),
        "virtio-blk-missing",
        "image",
        plan.kernel().option("VIRTIO_BLK"),
        "The root disk's driver is not there when root is mounted: "
            + plan.kernel().whyMissing("VIRTIO_BLK")
            + ".",
        driverRemedy(plan, "virtio_blk"),
        null);
  }

  static Optional<Objection> networkDriverMissing(BootPlan plan) {
    List<String> inRoot = plan.kernel().rootModules();
    // What the initramfs does not hold, the root file system may load.
    boolean isNeeded =
        plan.kernel().is("VIRTIO_NET", "n")
            || ipIsOurs(plan)
            || (inRoot == null ? !plan.kernel().hasInitrd() : !inRoot.contains("virtio_net"));
    return Objections.when(
        isNeeded && plan.kernel().lacks("VIRTIO_NET", "virtio_net"),
        "virtio-net-missing",
        "image",
        plan.kernel().option("VIRTIO_NET"),
        "The network card's driver is not there when ip= is applied: "
            + plan.kernel().whyMissing("VIRTIO_NET")
            + (inRoot == null || ipIsOurs(plan)
                ? "."
                : ", and neither does /lib/modules of the root file system."),
        driverRemedy(plan, "virtio_net"),
        null);
  }

  static Optional<Objection> fileSystemDriverMissing(BootPlan plan) {
    String type = plan.root().fileSystem();
    String option =
        switch (type == null ? "" : type) {
          case "ext4", "ext3", "ext2" -> "EXT4_FS";
          case "xfs" -> "XFS_FS";
          case "btrfs" -> "BTRFS_FS";
          case "squashfs" -> "SQUASHFS";
          case "erofs" -> "EROFS_FS";
          default -> "";
        };
    String module = option.equals("EXT4_FS") ? "ext4" : type == null ? "" : type;
    return Objections.when(
        !option.isEmpty() && plan.kernel().lacks(option, module),
        "root-file-system-driver-missing",
        "image",
        plan.kernel().option(option),
        "The root file system is "
            + type
            + ", which the kernel cannot mount: "
            + plan.kernel().whyMissing(option)
            + ".",
        driverRemedy(plan, module),
        null);
  }

  private static String driverRemedy(BootPlan plan, String module) {
    return plan.kernel().hasInitrd()
        ? "Add " + module + " to the initramfs, or build it into the kernel."
        : "Build " + module + " into the kernel, or give an initramfs that holds it.";
  }

  private static boolean ipIsOurs(BootPlan plan) {
    return Boolean.TRUE.equals(plan.kernel().initrdReadsIp());
  }
}
