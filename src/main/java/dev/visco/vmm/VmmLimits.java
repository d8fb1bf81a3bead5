package dev.visco.vmm;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.model.BootSpec;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Limits of a VMM's process in addition to its control group. */
public final class VmmLimits {
  private static final Logger LOG = LoggerFactory.getLogger(VmmLimits.class);
  private static final int OPEN_FILES = 1024;
  private static final long MIN_FILE_BYTES = 1L << 30;

  /** "QFI" and 0xfb, then the version (QEMU, {@code docs/interop/qcow2.txt}). */
  private static final int QCOW2 = 0x514649fb;

  /** The share of a qcow2 file for its metadata; a full file needs some thousandths. */
  private static final int LAYER_SHARE = 64;

  /**
   * Of the first process to be killed when the host's memory runs out (proc(5), {@code
   * oom_score_adj}): that ends one guest, and the host continues.
   */
  private static final String FIRST_TO_GO = "500";

  private VmmLimits() {}

  /** Does that to a VMM that has just been started; nothing if it has ended. */
  public static void makeFirstToGo(ProcessRef process) {
    Path score = Path.of("/proc/" + process.pid() + "/oom_score_adj");
    try {
      Files.writeString(score, FIRST_TO_GO, StandardOpenOption.WRITE);
    } catch (IOException e) {
      if (Files.exists(score)) {
        LOG.warn(
            "VMM {} is not the first to go when memory runs out: {}",
            process.pid(),
            e.getMessage());
      }
    }
  }

  /**
   * Words before the VMM's command that limit its files: their size, and no core dump, which would
   * contain the guest's memory.
   */
  public static List<String> prlimit(BootSpec spec) {
    return List.of(
        "prlimit", "--core=0", "--nofile=" + openFiles(), "--fsize=" + largestFile(spec), "--");
  }

  public static int openFiles() {
    return OPEN_FILES;
  }

  /**
   * The maximum size of a file that the VMM writes, in bytes: that of its largest disk or of its
   * memory, in a snapshot. This also limits its log; the kernel kills a VMM that exceeds it.
   */
  public static long largestFile(BootSpec spec) {
    long max = Math.max(MIN_FILE_BYTES, (spec.memoryMib() + 64L) << 20);
    for (BootSpec.Disk disk : spec.disks()) {
      try {
        max = Math.max(max, largest(disk.file()));
      } catch (IOException e) {
        continue; // The VMM's start reports the error.
      }
    }
    return max;
  }

  /**
   * Lets a running VMM write files of so many bytes, where it may not yet: one of its disks is
   * longer than it was at its start.
   */
  public static void allowFileOf(Host host, ProcessRef process, long bytes) {
    allowFileOf(host, process.pid(), bytes);
    // The compatible process writes by a QEMU that it has started, which has limits of its own.
    ProcessHandle.of(process.pid()).stream()
        .flatMap(ProcessHandle::descendants)
        .forEach(child -> allowFileOf(host, child.pid(), bytes));
  }

  /**
   * Only where it must: a limit of a process of another user is changed by {@code CAP_SYS_RESOURCE}
   * alone, which root does not have in every container (prlimit(2)).
   */
  private static void allowFileOf(Host host, long process, long bytes) {
    if (largestFile(process) < bytes) {
      host.check(Command.of("prlimit", "--pid=" + process, "--fsize=" + bytes));
    }
  }

  private static final Pattern FILE_SIZE = Pattern.compile("(?m)^Max file size +(\\w+) ");

  /** Bytes that it may write to one file (proc(5), {@code limits}); 0 when that cannot be read. */
  private static long largestFile(long process) {
    try {
      Matcher found = FILE_SIZE.matcher(Files.readString(Path.of("/proc/" + process + "/limits")));
      if (!found.find()) {
        return 0;
      }
      return found.group(1).equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(found.group(1));
    } catch (IOException e) {
      return 0; // It has just ended, or its limit is to be set to be sure.
    }
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
