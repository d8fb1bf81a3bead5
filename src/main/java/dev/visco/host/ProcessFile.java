package dev.visco.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A file that another process has open, opened once more by this one: what that process does with
 * its own descriptor changes nothing here. See proc(5), {@code /proc/PID/fd}.
 */
public final class ProcessFile implements AutoCloseable {
  private final int descriptor;
  private final String name;
  private boolean isClosed;

  ProcessFile(int descriptor, String name) {
    this.descriptor = descriptor;
    this.name = name;
  }

  /**
   * The first open file whose name is wanted; empty when it has none, or has ended.
   *
   * @param wanted judges the kernel's name for a file: its path, or {@code /memfd:NAME (deleted)}
   * @throws HostFault when the process may not be looked into
   */
  public static Optional<ProcessFile> find(long pid, Predicate<String> wanted) {
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : descriptors) {
        if (wanted.test(name(descriptor))) {
          ProcessFile found = open(descriptor);
          // Another file may have got this number meanwhile.
          if (wanted.test(found.name)) {
            return Optional.of(found);
          }
          found.close();
        }
      }
      return Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | DirectoryIteratorException e) {
      throw new HostFault("cannot look into process " + pid + ": " + HostFault.words(e), e);
    }
  }

  private static String name(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return ""; // It was closed meanwhile.
    }
  }

  /** For reading; without waiting for anything, whatever it is. */
  private static ProcessFile open(Path descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int own =
          CLibrary.open(arena, descriptor.toString(), CLibrary.O_NONBLOCK | CLibrary.O_CLOEXEC);
      return new ProcessFile(own, name(Path.of("/proc/self/fd/" + own)));
    } catch (CLibrary.Failure e) {
      throw new IOException(descriptor + ": " + e.getMessage(), e);
    }
  }

  /** Its number in this process, valid until it is closed. */
  int descriptor() {
    return descriptor;
  }

  /** The kernel's name for it. */
  public String name() {
    return name;
  }

  /** A path by which it can be opened again while it is open here, by processes of root's too. */
  public Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor);
  }

  @Override
  public synchronized void close() {
    if (!isClosed) {
      isClosed = true;
      CLibrary.close(descriptor);
    }
  }
}
