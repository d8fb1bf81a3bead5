package dev.visco.vmm.firecracker;

import dev.visco.model.BootSpec;
import dev.visco.model.KernelCommandLine;
import dev.visco.model.Transport;
import dev.visco.vmm.release.Version;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel command line: what Firecracker is told, and what it makes of it (recorded from 1.9.1,
 * 1.13.1, 1.14.4 and 1.16.1; what lies between was read from its source). {@code root=} has one
 * owner: ours names it, and no drive is Firecracker's root device, so that it adds none.
 */
record KernelArguments(BootSpec spec, Version version) {
  private static final int WINDOW_BYTES = 0x1000;

  /** What Firecracker is told. */
  String told() {
    var words =
        new ArrayList<>(
            List.of(
                "console=ttyS0",
                "reboot=k",
                "panic=-1",
                "loglevel=7",
                // Its keyboard controller has a keyboard's reset and nothing else to look for.
                "i8042.noaux",
                "i8042.nomux",
                "i8042.dumbkbd"));
    words.addAll(spec.bootArgs());
    return KernelCommandLine.of(words);
  }

  /** What the guest reads in {@code /proc/cmdline}. */
  String seen() {
    String told = told();
    List<String> added = added(version, spec.transport(), devices());
    return KernelCommandLine.requireReadable(joined(told, added), told);
  }

  /** What Firecracker adds for so many devices; on PCI the guest finds them by itself. */
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

  /** Firecracker's own words stand before what is init's. */
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

  /** Virtio devices, each with a window and an interrupt of its own. */
  int devices() {
    int always = 2; // Network and entropy.
    return always
        + spec.disks().size()
        + (spec.options().balloon() ? 1 : 0)
        + (spec.options().vsock() ? 1 : 0);
  }

  private static long firstWindow(Version version) {
    return version.isAtLeast(1, 13) ? 0xc0001000L : 0xd0000000L;
  }

  /** 1.14 gives the first one to its VM generation counter. */
  private static int firstInterrupt(Version version) {
    return version.isAtLeast(1, 14) && !version.isAtLeast(1, 15) ? 6 : 5;
  }
}
