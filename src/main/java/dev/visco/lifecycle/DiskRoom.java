package dev.visco.lifecycle;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Free and total space of a folder's file system, in MiB. */
public final class DiskRoom {
  private DiskRoom() {}

  /** What may still be written without using the blocks reserved for root. */
  public static long freeMib(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace() >> 20;
    } catch (IOException e) {
      throw new HostFault("cannot read how much room " + folder + " has: " + e.getMessage(), e);
    }
  }

  /** The size of the whole file system. */
  public static long totalMib(Path folder) {
    try {
      return Files.getFileStore(folder).getTotalSpace() >> 20;
    } catch (IOException e) {
      throw new HostFault(
          "cannot read how large the disk of " + folder + " is: " + HostFault.words(e), e);
    }
  }
}
