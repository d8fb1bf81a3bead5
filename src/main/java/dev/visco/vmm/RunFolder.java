package dev.visco.vmm;

import dev.visco.host.DurableFiles;
import dev.visco.host.Fifo;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The only folder of a VM in which its VMM may create files: for the control socket, the console's
 * FIFO and other files that do not outlive the machine.
 */
public record RunFolder(Path path) {
  public static RunFolder of(BootSpec spec) {
    return in(spec.folder());
  }

  public static RunFolder in(Path vmFolder) {
    return new RunFolder(vmFolder.resolve("run"));
  }

  public Path socket() {
    return path.resolve("qmp.sock");
  }

  public Path fifo() {
    return path.resolve("console.fifo");
  }

  /** The FIFO of the VMM's log; only VMMs whose log a guest can fill have one. */
  public Path logFifo() {
    return path.resolve("log.fifo");
  }

  /**
   * Creates the folder, replacing an earlier one, for a VMM that runs as {@code uid}; no other user
   * may enter.
   */
  public void make(int uid) {
    DurableFiles.deleteTree(path);
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      // All is done while root still owns the folder, so that the VMM's user cannot replace
      // anything.
      Fifo.make(fifo());
      own(fifo(), uid);
      own(path, uid);
    } catch (IOException e) {
      throw new HostFault("cannot prepare " + path + ": " + e.getMessage(), e);
    }
  }

  private static void own(Path file, int uid) throws IOException {
    Files.setAttribute(file, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
  }

  /** Removes the folder with its contents. The VMM must have ended. */
  public void remove(Host host) {
    ConsoleLogger.end(host, fifo());
    DurableFiles.deleteTree(path);
  }
}
