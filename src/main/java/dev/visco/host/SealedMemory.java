package dev.visco.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file in memory that nobody can change any more, this process included: memfd_create(2), with
 * the seals of fcntl(2) against writing, shrinking, growing and other seals. Whoever maps it
 * privately shares its pages until they write to them. The kernel frees it once no process has it
 * open or mapped, whatever ended them.
 */
public final class SealedMemory implements AutoCloseable {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;

  /** Linux 6.3 and newer. Without it, {@code vm.memfd_noexec=2} allows none (sysctl/vm.rst). */
  private static final int MFD_NOEXEC_SEAL = 8;

  private static final int F_ADD_SEALS = 1033;
  private static final int F_GET_SEALS = 1034;

  /** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE. */
  private static final int SEALS = 1 | 2 | 4 | 8;

  /** NAME_MAX less the prefix that the kernel puts before it (memfd_create(2)). */
  private static final int MAX_NAME = 249;

  private final ProcessFile file;
  private final long bytes;

  private SealedMemory(ProcessFile file, long bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /**
   * A sealed copy of a file; its holes take no memory.
   *
   * @param name by which {@link #find} finds it in other processes; up to 249 bytes
   * @throws HostFault when the file cannot be read, or the host has no memory for it
   */
  public static SealedMemory copyOf(String name, Path source) {
    ProcessFile file = create(name);
    try {
      long bytes = Files.size(source);
      CLibrary.setSize(file.descriptor(), bytes);
      SparseFile.overlay(source, file.path());
      CLibrary.descriptorControl(file.descriptor(), F_ADD_SEALS, SEALS);
      return new SealedMemory(file, bytes);
    } catch (IOException e) {
      file.close();
      throw new HostFault("cannot copy " + source + " into memory: " + HostFault.words(e), e);
    } catch (CLibrary.Failure e) {
      file.close();
      throw new HostFault("cannot seal the copy of " + source + ": " + e.getMessage(), e);
    }
  }

  private static ProcessFile create(String name) {
    if (name.length() > MAX_NAME) {
      throw new IllegalArgumentException("longer than " + MAX_NAME + " bytes: " + name);
    }
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    try {
      try {
        return new ProcessFile(
            CLibrary.memoryFile(name, flags | MFD_NOEXEC_SEAL), kernelName(name));
      } catch (CLibrary.Failure e) {
        if (e.errno() != CLibrary.EINVAL) {
          throw e;
        }
        return new ProcessFile(CLibrary.memoryFile(name, flags), kernelName(name));
      }
    } catch (CLibrary.Failure e) {
      throw new HostFault("cannot create a file in memory: " + e.getMessage(), e);
    }
  }

  /** The kernel's name for the open file of a memory of this name. */
  public static String kernelName(String name) {
    return "/memfd:" + name + " (deleted)";
  }

  /**
   * The memory of this name that another process has open. One that any other user than this
   * process's has made is none: it may hold anything.
   *
   * @param bytes its size
   * @return empty when the process has none that is sealed and has this size, or has ended
   */
  public static Optional<SealedMemory> find(long pid, String name, long bytes) {
    Optional<ProcessFile> found = ProcessFile.find(pid, kernelName(name)::equals);
    if (found.isPresent() && !isTrusted(found.get(), bytes)) {
      found.get().close();
      return Optional.empty();
    }
    return found.map(file -> new SealedMemory(file, bytes));
  }

  private static boolean isTrusted(ProcessFile file, long bytes) {
    try {
      return isSealed(file)
          && Files.size(file.path()) == bytes
          && Files.getAttribute(file.path(), "unix:uid")
              .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException e) {
      throw new HostFault("cannot look at " + file.name() + ": " + HostFault.words(e), e);
    }
  }

  private static boolean isSealed(ProcessFile file) {
    try {
      return (CLibrary.descriptorControl(file.descriptor(), F_GET_SEALS, 0) & SEALS) == SEALS;
    } catch (CLibrary.Failure e) {
      return false; // It is no file in memory.
    }
  }

  /**
   * A path by which this process and others of the same user open it, as long as it is open here.
   */
  public Path path() {
    return file.path();
  }

  /** Its size with its holes. */
  public long bytes() {
    return bytes;
  }

  /** What it takes of the host's memory, in bytes: less than its size by its holes. */
  public long taken() {
    return SparseFile.taken(path());
  }

  /** Closes it here; other processes keep theirs. */
  @Override
  public void close() {
    file.close();
  }
}
