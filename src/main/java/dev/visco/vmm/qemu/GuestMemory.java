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
 * The memory of a guest whose processors stand still: a file without a name in its QEMU, which
 * whoever may look into that process can open (proc(5), {@code /proc/PID/fd}). QEMU has no part in
 * its copy, so that neither may its user open the copy, nor is a copy that several guests start
 * from ever in one guest's hands.
 */
public final class GuestMemory {
  /** The kernel's name for the file of QEMU's memory-backend-memfd. */
  private static final String NAME = "/memfd:memory-backend-memfd";

  private static final Duration MIN = Duration.ofSeconds(30);

  /** MiB in a second that even a slow disk takes. */
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
   * @param mib how much memory its guest has
   * @throws HostFault when it has ended, or when its memory is no such file
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
      return false; // Closed meanwhile.
    }
  }

  /**
   * Writes it into {@code target}, which must not exist, with holes where nothing but zeros is.
   *
   * @param permissions of the file, as in {@code rw-------}, less what the process's umask takes
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
    // By dd(1), which can be killed should that file have become something that never ends.
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
   * Fills the memory of a guest that has not run yet from {@code source}, which is only read.
   *
   * @throws HostFault when it does not hold exactly the memory of such a guest
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
   * A memory file has exactly the size of the guest's memory.
   *
   * @throws HostFault when it has not, or is not there
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
