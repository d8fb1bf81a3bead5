package dev.visco.vmm;

import dev.visco.model.BootSpec;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a VMM's process may do to its host, besides its control group. */
public final class VmmLimits {
  private static final int OPEN_FILES = 1024;
  private static final long MIN_FILE_BYTES = 1L << 30;

  /** "QFI" and 0xfb, then the version (QEMU, {@code docs/interop/qcow2.txt}). */
  private static final int QCOW2 = 0x514649fb;

  /** Tables and headers of a full qcow2 file take some thousandths of it. */
  private static final int LAYER_SHARE = 64;

  /**
   * Of all processes a VMM is ended first when the host's memory runs out (proc(5), {@code
   * oom_score_adj}): what it ends is one guest, and the host goes on.
   */
  private static final List<String> FIRST_TO_GO = List.of("choom", "-n", "500", "--");

  private VmmLimits() {}

  /** Stands before the command, and execs in place. */
  public static List<String> firstToGo() {
    return FIRST_TO_GO;
  }

  /** The same, with the limits of its files: no core, which would hold the guest's memory. */
  public static List<String> prlimit(BootSpec spec) {
    return List.of(
        "prlimit", "--core=0", "--nofile=" + openFiles(), "--fsize=" + largestFile(spec), "--");
  }

  public static int openFiles() {
    return OPEN_FILES;
  }

  /**
   * Bytes of the largest file that it writes: a disk, or its memory, also in a snapshot. It bounds
   * its log, too; beyond it the kernel ends it.
   */
  public static long largestFile(BootSpec spec) {
    long max = Math.max(MIN_FILE_BYTES, (spec.memoryMib() + 64L) << 20);
    for (BootSpec.Disk disk : spec.disks()) {
      try {
        max = Math.max(max, largest(disk.file()));
      } catch (IOException e) {
        continue; // Its start says what is wrong with it.
      }
    }
    return max;
  }

  private static long largest(Path disk) throws IOException {
    long bytes = Files.size(disk);
    try (var in = new DataInputStream(Files.newInputStream(disk))) {
      if (bytes >= 32 && in.readInt() == QCOW2) {
        in.skipNBytes(20);
        long size = in.readLong();
        return size + size / LAYER_SHARE + (64L << 20);
      }
    }
    return bytes;
  }
}
