package dev.visco.host;

import java.nio.file.Path;

/** FIFOs, which Java itself cannot make. */
public final class Fifo {
  private Fifo() {}

  /**
   * Makes one that only its owner, this process's user, may read and write; mkfifo(3).
   *
   * @throws HostFault when it cannot be made, or something is there
   */
  public static void make(Path path) {
    try {
      CLibrary.makeFifo(path.toString(), 0600);
    } catch (CLibrary.Failure e) {
      throw new HostFault("cannot make the FIFO " + path + ": " + e.getMessage(), e);
    }
  }
}
