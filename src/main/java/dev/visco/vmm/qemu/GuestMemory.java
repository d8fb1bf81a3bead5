package dev.visco.vmm.qemu;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.SparseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/**
 * The memory of a guest whose processors are stopped: an unnamed file of its QEMU, which can be
 * opened by {@code /proc/PID/fd} (proc(5)). It is copied without QEMU, so that QEMU's user need not
 * be able to open the copy, and no guest gets access to a copy that others start from.
 */
public final class GuestMemory {
  /** The kernel's name for the file of QEMU's memory-backend-memfd. */
  private static final String NAME = "/memfd:memory-backend-memfd";

  private static final Duration MIN = Duration.ofSeconds(30);

  /** The MiB per second of a slow disk, for deadlines. */
  private static final int SLOWEST = 20;

  private final Host host;
  private final Path file;
  private final int mib;

  private GuestMemory(Host host, Path file, int mib) {
    this.host = host;
    this.file = file;
    this.mib = mib;
  }

  /**
   * @param pid a QEMU that was started with {@link QemuCommand#machine}
   * @param mib the guest's memory
   * @throws HostFault when it has ended, or its memory is not such a file
   */
  public static GuestMemory of(Host host, long pid, int mib) {
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : descriptors) {
        if (isMemory(descriptor)) {
          return new GuestMemory(host, descriptor, mib);
        }
      }
    } catch (IOException e) {
      throw new HostFault("cannot look into QEMU's process " + pid + ": " + e.getMessage(), e);
    }
    throw new HostFault(
        "the memory of QEMU's process " + pid + " cannot be copied: it has no file for it");
  }

  private static boolean isMemory(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith(NAME);
    } catch (NoSuchFileException e) {
      return false; // It was closed meanwhile.
    }
  }

  /**
   * Writes the memory into a new file {@code target}, with holes for zeros.
   *
   * @param permissions of the file, like {@code rw-------}, reduced by the process's umask
   * @param durable whether it must outlive a crash of the host
   */
  public void save(Path target, String permissions, boolean durable) {
    try {
      Files.createFile(
          target,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    } catch (IOException e) {
      throw new HostFault("cannot write the guest's memory: " + HostFault.words(e), e);
    }
    // By dd(1), which can be killed if the file turns out to be endless.
    host.check(
        Command.of(
                List.of(
                    "dd",
                    "if=" + file,
                    "of=" + target,
                    "bs=64k",
                    "count=" + ((long) mib << 20),
                    "iflag=fullblock,count_bytes,nonblock",
                    "conv=notrunc,sparse" + (durable ? ",fsync" : ""),
                    "status=none"))
            .within(MIN.plusSeconds(mib / SLOWEST)));
    requireSize(target, mib);
  }

  /**
   * Fills the memory of a guest that has not run yet from {@code source}.
   *
   * @throws HostFault when the source has not exactly the size of the guest's memory
   */
  public void fill(Path source) {
    requireSize(source, mib);
    try {
      SparseFile.overlay(source, file);
    } catch (IOException e) {
      throw new HostFault("cannot fill the guest's memory: " + e.getMessage(), e);
    }
  }

  /**
   * Checks that a memory file has exactly the size of the guest's memory.
   *
   * @throws HostFault when it has not, or does not exist
   */
  static void requireSize(Path file, int mib) {
    long bytes;
    try {
      bytes = Files.size(file);
    } catch (IOException e) {
      throw new HostFault("the guest's memory is not there: " + e.getMessage(), e);
    }
    if (bytes != (long) mib << 20) {
      throw new HostFault(
          "%s has %d bytes, and a guest of %d MiB has %d of memory"
              .formatted(file, bytes, mib, (long) mib << 20));
    }
  }
}
