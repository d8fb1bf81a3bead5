package dev.visco.vmm.firecracker;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.ReleaseFeatures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;

/** Checks before the start what Firecracker does not check itself. */
record LaunchChecks(Host host, Release release) {
  /** Class 64, little endian, version 1: elf(5). */
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F', 2, 1, 1};

  private static final int OWNER_READS = 0400;
  private static final int OWNER_WRITES = 0200;
  private static final int OTHERS_READ = 04;
  private static final int OTHERS_WRITE = 02;

  /**
   * Checks the spec alone.
   *
   * @throws Refused when this release cannot run such a machine
   */
  void spec(BootSpec spec) {
    ReleaseFeatures features = release.features();
    if (spec.transport() == Transport.PCI && !features.hasPci()) {
      throw Refused.invalid(
          "transport",
          "pci",
          "is not to be had with Firecracker " + release.version() + ", whose devices are on MMIO",
          "Give mmio, or use release 1.13 or later.");
    }
    if (spec.options().consoleRate() != null && !features.hasSerialLimiter()) {
      throw Refused.invalid(
          "console-rate",
          Long.toString(spec.options().consoleRate().bytesPerSecond()),
          "cannot be kept by Firecracker " + release.version() + ", which limits no console",
          "Leave it out, or use release 1.16 or later.");
    }
    devices(spec);
    for (BootSpec.Disk disk : spec.disks()) {
      switch (disk.format()) {
        case RAW -> {}
        case QCOW2 ->
            throw Refused.invalid(
                "disk",
                disk.file().toString(),
                "is qcow2; Firecracker reads raw disks only",
                "Give a raw one.");
      }
    }
  }

  private void devices(BootSpec spec) {
    int devices = KernelArguments.devices(spec);
    int max = release.features().maxDrives(spec.transport());
    if (devices > max) {
      throw Refused.invalid(
          "disks",
          Integer.toString(spec.disks().size()),
          "makes "
              + devices
              + " devices; Firecracker "
              + release.version()
              + " starts with "
              + max
              + " on "
              + spec.transport().word(),
          "Give fewer, or another transport.");
    }
  }

  /**
   * Checks the host's memory and the files.
   *
   * @throws HostFault when a file does not exist, or its rights do not allow this machine's user
   * @throws Refused when the file of the kernel is not one, or the host has too little memory
   */
  void files(BootSpec spec) {
    if (spec.memoryMib() > host.memoryMib()) {
      throw new Refused(
          new Refusal.HostLacks(
              "memory",
              "A VM of "
                  + spec.memoryMib()
                  + " MiB does not fit this host, which has "
                  + host.memoryMib()
                  + " MiB.",
              "Give it less memory."));
    }
    readable(spec.kernel(), spec.uid(), false);
    elf(spec.kernel());
    if (spec.initrd() != null) {
      readable(spec.initrd(), spec.uid(), false);
    }
    spec.disks().forEach(disk -> readable(disk.file(), spec.uid(), !disk.readOnly()));
  }

  private static void elf(Path kernel) {
    try (InputStream in = Files.newInputStream(kernel)) {
      if (!Arrays.equals(in.readNBytes(ELF.length), ELF)) {
        throw Refused.invalid(
            "kernel",
            kernel.toString(),
            "is no uncompressed ELF, the only kernel that Firecracker starts",
            "Give the vmlinux that is inside it.");
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + kernel + ": " + e.getMessage(), e);
    }
  }

  private static void readable(Path file, int uid, boolean isWritten) {
    try {
      FileFacts facts = FileFacts.of(file);
      boolean isOwn = facts.uid() == uid;
      int reads = isOwn ? OWNER_READS : OTHERS_READ;
      int writes = isOwn ? OWNER_WRITES : OTHERS_WRITE;
      if (!facts.allows(isWritten ? reads | writes : reads)) {
        throw new HostFault(
            "%s: Permission denied for the VM's user %d, who must %s it (it is %d's, mode %o)"
                .formatted(
                    file,
                    uid,
                    isWritten ? "read and write" : "read",
                    facts.uid(),
                    facts.mode() & 07777));
      }
    } catch (NoSuchFileException e) {
      throw new HostFault(file + ": No such file or directory", e);
    } catch (IOException e) {
      throw new HostFault("cannot look at " + file + ": " + HostFault.words(e), e);
    }
  }

  /**
   * Checks that the TAP is in the namespace and owned by the machine's user: root would silently
   * create a missing one, and everybody may open one without an owner.
   *
   * @throws HostFault when it is not
   */
  void tap(BootSpec spec) {
    OptionalInt owner = host.tapOwner(spec.netns(), spec.tap());
    if (owner.isEmpty() || owner.getAsInt() != spec.uid()) {
      throw new HostFault(
          "TAP %s in %s belongs to %s, not to the VM's user %d"
              .formatted(
                  spec.tap(),
                  spec.netns(),
                  owner.isEmpty() ? "nobody" : Integer.toString(owner.getAsInt()),
                  spec.uid()));
    }
  }
}
