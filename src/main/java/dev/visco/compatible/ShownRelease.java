package dev.visco.compatible;

import dev.visco.model.Transport;
import dev.visco.vmm.release.ReleaseFeatures;
import dev.visco.vmm.release.Version;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The Firecracker release whose behaviour is shown, with all differences between releases. They
 * come from recordings of real processes and from the releases' sources.
 */
enum ShownRelease {
  V1_9_1("1.9.1", 0xd0000000L, 5),
  V1_13_1("1.13.1", 0xc0001000L, 5),
  V1_14_4("1.14.4", 0xc0001000L, 6),
  V1_16_1("1.16.1", 0xc0001000L, 5);

  static final ShownRelease NEWEST = V1_16_1;

  private final String text;
  private final ReleaseFeatures features;
  private final long firstWindow;
  private final int firstInterrupt;

  ShownRelease(String text, long firstWindow, int firstInterrupt) {
    this.text = text;
    this.features = new ReleaseFeatures(Version.of(text));
    this.firstWindow = firstWindow;
    this.firstInterrupt = firstInterrupt;
  }

  static Optional<ShownRelease> find(String text) {
    return Arrays.stream(values()).filter(release -> release.text.equals(text)).findFirst();
  }

  static String all() {
    return Arrays.stream(values()).map(ShownRelease::text).collect(Collectors.joining(", "));
  }

  String text() {
    return text;
  }

  private boolean isAtLeast(int major, int minor) {
    return features.version().isAtLeast(major, minor);
  }

  boolean hasPci() {
    return features.hasPci();
  }

  boolean makesLogFiles() {
    return features.makesLogFiles();
  }

  boolean hasSerial() {
    return features.hasSerial();
  }

  boolean hasSerialLimiter() {
    return features.hasSerialLimiter();
  }

  boolean hasNetworkOverrides() {
    return features.hasNetworkOverrides();
  }

  boolean hasVsockOverride() {
    return features.hasVsockOverride();
  }

  boolean tracksDirtyPagesOnLoad() {
    return features.tracksDirtyPagesOnLoad();
  }

  /** {@code clock_realtime} of a snapshot's load: 1.14.4 has it already (recorded). */
  boolean hasClockRealtime() {
    return isAtLeast(1, 14);
  }

  /** Whether a changed processor is shown as a template named None (recorded). */
  boolean showsChangedProcessor() {
    return !isAtLeast(1, 13);
  }

  int snapshotFormat() {
    return features.snapshotFormat();
  }

  /** Whether it makes Diff snapshots of a machine whose dirty pages are not tracked. */
  boolean makesDiffWithoutTracking() {
    return isAtLeast(1, 13);
  }

  /** {@code imds_compat} of the metadata service. */
  boolean hasImdsCompat() {
    return isAtLeast(1, 13);
  }

  /** Free page hinting and reporting of the balloon. */
  boolean hasHinting() {
    return isAtLeast(1, 14);
  }

  /** {@code /pmem} and {@code /hotplug/memory}. */
  boolean hasPmemAndMemoryHotplug() {
    return isAtLeast(1, 14);
  }

  /** Whether the file of a pmem device is opened at once, not only at the start. */
  boolean opensPmemAtOnce() {
    return !isAtLeast(1, 16);
  }

  /** Rate limiters of pmem devices. */
  boolean hasPmemLimiter() {
    return isAtLeast(1, 16);
  }

  /** {@code mtu} of a network interface. */
  boolean hasMtu() {
    return isAtLeast(1, 16);
  }

  /** Hotplug of devices on PCI, and {@code DELETE}. */
  boolean hasHotplug() {
    return isAtLeast(1, 16);
  }

  /** Whether a running machine lists its drives sorted by name, not in the order of attachment. */
  boolean showsDrivesByName() {
    return isAtLeast(1, 16);
  }

  /** Whether reading metadata of a running machine that has none is an error. */
  boolean refusesMissingMetadata() {
    return isAtLeast(1, 16);
  }

  /** Whether it adds {@code pci=off} for guests without PCI. */
  boolean saysPciOff() {
    return isAtLeast(1, 13);
  }

  /** The default of {@code boot_args}. */
  String defaultBootArgs() {
    return isAtLeast(1, 13)
        ? "reboot=k panic=1 nomodule 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.dumbkbd"
            + " swiotlb=noforce"
        : "reboot=k panic=1 pci=off nomodule 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.nopnp"
            + " i8042.dumbkbd";
  }

  /** The address of the first virtio-mmio window; the others follow at intervals of 4 KiB. */
  long firstWindow() {
    return firstWindow;
  }

  int firstInterrupt() {
    return firstInterrupt;
  }

  /** The maximum number of virtio devices. */
  int maxDevices(boolean pci) {
    return features.maxDrives(pci ? Transport.PCI : Transport.MMIO);
  }
}
