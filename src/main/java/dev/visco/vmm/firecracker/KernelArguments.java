package dev.visco.vmm.firecracker;

import dev.visco.model.BootSpec;
import dev.visco.model.KernelCommandLine;
import dev.visco.model.Transport;
import dev.visco.vmm.EmulatedKernel;
import dev.visco.vmm.release.Version;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel command line that Firecracker is given, and the one that it makes of it (recorded from
 * 1.9.1, 1.13.1, 1.14.4 and 1.16.1; for the releases between, read in its source). Only Visco sets
 * {@code root=}: no drive is Firecracker's root device, so that it adds none.
 *
 * @param isEmulated whether the release is that of a program that emulates the machine
 */
record KernelArguments(BootSpec spec, Version version, boolean isEmulated) {
  private static final int WINDOW_BYTES = 0x1000;

  /** The command line that Firecracker is given. */
  String told() {
    var words =
        new ArrayList<>(
            List.of(
                "console=ttyS0",
                "reboot=k",
                "panic=-1",
                "loglevel=7",
                // Its keyboard controller only has the reset; the kernel need not probe for more.
                "i8042.noaux",
                "i8042.nomux",
                "i8042.dumbkbd"));
    if (isEmulated) {
      words.addAll(EmulatedKernel.PARAMETERS);
    }
    words.addAll(spec.bootArgs());
    return KernelCommandLine.of(words);
  }

  /** The command line in the guest's {@code /proc/cmdline}. */
  String seen() {
    String told = told();
    List<String> added = added(version, spec.transport(), devices(spec));
    return KernelCommandLine.requireReadable(joined(told, added), told);
  }

  /** The words that Firecracker adds for its devices; on PCI, the guest finds them itself. */
  static List<String> added(Version version, Transport transport, int devices) {
    var words = new ArrayList<String>();
    if (transport == Transport.MMIO) {
      if (version.isAtLeast(1, 13)) {
        words.add("pci=off");
      }
      for (int device = 0; device < devices; device++) {
        words.add(
            "virtio_mmio.device=4K@0x%x:%d"
                .formatted(
                    firstWindow(version) + device * WINDOW_BYTES,
                    firstInterrupt(version) + device));
      }
    }
    return words;
  }

  /** Inserts Firecracker's words before the arguments of init. */
  static String joined(String told, List<String> words) {
    if (words.isEmpty()) {
      return told;
    }
    String added = String.join(" ", words);
    int init = told.indexOf(" -- ");
    return init < 0
        ? told + " " + added
        : told.substring(0, init) + " " + added + told.substring(init);
  }

  /** The number of virtio devices, each of which has a memory window and an interrupt. */
  static int devices(BootSpec spec) {
    int always = 2; // Network and entropy.
    return always
        + spec.disks().size()
        + (spec.options().balloon() ? 1 : 0)
        + (spec.options().vsock() ? 1 : 0);
  }

  private static long firstWindow(Version version) {
    return version.isAtLeast(1, 13) ? 0xc0001000L : 0xd0000000L;
  }

  /**
   * The first interrupt of a virtio device; from 1.14 on, the one before is that of the VM
   * generation counter.
   */
  private static int firstInterrupt(Version version) {
    return version.isAtLeast(1, 14) && !version.isAtLeast(1, 15) ? 6 : 5;
  }
}
