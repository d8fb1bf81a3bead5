package dev.visco.image;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.image.probe.RootProbe;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The disk with what a VM writes, where its image's root file system cannot be written to: an ext4
 * that the guest lays over it. Guests find it by its label.
 */
public final class OverlayDisk {
  /** Its label. */
  public static final String LABEL = "visco-overlay";

  /**
   * The boot argument that tells an initramfs of it, in the words of the package overlayroot of
   * Debian and Ubuntu; what is mounted below the root is left as it is.
   */
  public static final String ARGUMENT = "overlayroot=device:dev=LABEL=" + LABEL + ",recurse=0";

  /** MiB of one whose VM asks for no size. */
  static final long SIZE_MIB = 1024;

  /** MiB that a new one takes of the host's disk: tables and the beginning of its journal. */
  static final long TAKEN_MIB = 32;

  private final Ext4Tools tools;

  OverlayDisk(Host host) {
    this.tools = new Ext4Tools(host, "overlay");
  }

  /** Makes an empty one, which is root's; there is no such file yet. */
  void make(Path file, long bytes) {
    try {
      resize(file, bytes);
    } catch (IOException e) {
      throw new HostFault("cannot make " + file + ": " + HostFault.words(e), e);
    }
    tools.format(file, LABEL);
  }

  /** Whether a raw disk is one; false for one that no guest could use either. */
  static boolean isOne(Path file) {
    try {
      RootProbe found = RootProbe.of(file);
      return found.offset() == 0 && LABEL.equals(found.label());
    } catch (dev.visco.model.Refused e) {
      return false; // Its guest may have written anything.
    }
  }

  /**
   * Makes one larger with its file system, which nobody uses meanwhile; its owner stays. Safe to
   * repeat, also after a try that was cut off. One that has this size or more stays as it is.
   */
  void grow(Path file, long bytes) throws IOException {
    if (Files.size(file) > bytes) {
      return;
    }
    Object uid = Files.getAttribute(file, "unix:uid");
    Object gid = Files.getAttribute(file, "unix:gid");
    try {
      tools.mend(file);
      resize(file, bytes);
      tools.grow(file);
    } finally {
      Files.setAttribute(file, "unix:gid", gid);
      Files.setAttribute(file, "unix:uid", uid);
    }
  }

  private static void resize(Path file, long bytes) throws IOException {
    try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(bytes);
      disk.getFD().sync();
    }
  }
}
