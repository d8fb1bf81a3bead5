package dev.visco.model;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a VMM must know to start one machine. All files exist, belong to {@code uid} where it
 * writes them, and may be read by it.
 *
 * @param installation part of the process's name, by which a sweep recognizes its own machines
 * @param kernel a bzImage or an ELF vmlinux
 * @param kernelDigest the key under which the KVM probe's result is cached
 * @param initrd null when the kernel mounts its root without one
 * @param bootArgs the kernel's parameters, without those that only the VMM knows (console, clock)
 * @param disks in the order in which the guest sees them; the first is the root disk
 * @param vcpus whole vCPUs, 1 to 32
 * @param memoryMib guest memory in MiB, 32 to 1,048,576
 * @param netns the network namespace's name under /run/netns
 * @param tap the TAP in that namespace; it exists and is owned by {@code uid}
 * @param folder the VM's own folder: console, sockets and the VMM's log go there
 * @param consoleBytes the maximum size of the console file, at least {@value #MIN_CONSOLE_BYTES};
 *     one older file of the same size is kept beside it
 * @param options limits, and devices other than disks and network
 */
public record BootSpec(
    VmId id,
    InstallationId installation,
    Path kernel,
    Digest kernelDigest,
    @Nullable Path initrd,
    List<String> bootArgs,
    List<Disk> disks,
    Transport transport,
    int vcpus,
    int memoryMib,
    String netns,
    String tap,
    MacAddress mac,
    int uid,
    Path folder,
    long consoleBytes,
    MachineOptions options) {
  /** The minimum of {@link #consoleBytes()}. */
  public static final long MIN_CONSOLE_BYTES = 4096;

  public BootSpec {
    MachineShape.checkSize(vcpus, memoryMib);
    if (uid < 1) {
      throw Refused.invalid(
          "uid", Integer.toString(uid), "is root's", "Give 1 or more: no VMM runs as root.");
    }
    if (consoleBytes < MIN_CONSOLE_BYTES) {
      throw Refused.invalid(
          "vm.console-bytes",
          Long.toString(consoleBytes),
          "holds no useful console",
          "Give " + MIN_CONSOLE_BYTES + " bytes or more.");
    }
    bootArgs = List.copyOf(bootArgs);
    disks = List.copyOf(disks);
  }

  /** One virtio block device. */
  public record Disk(Path file, DiskFormat format, boolean readOnly) {}

  /** How a disk's file is laid out. */
  public enum DiskFormat {
    RAW,
    QCOW2
  }

  /** The console file inside {@link #folder()}. */
  public Path console() {
    return folder.resolve("console.log");
  }
}
