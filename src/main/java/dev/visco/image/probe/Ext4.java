package dev.visco.image.probe;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An ext4 file system without partitions, as its superblock describes it; whoever wrote that may
 * have written anything.
 *
 * @param bytes how large it says that it is
 * @param needsRecovery whether its journal is to be replayed
 */
public record Ext4(long bytes, boolean needsRecovery) {
  /** What fills a file from its first byte on; empty when that is no ext4. */
  public static Optional<Ext4> at(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return FileSystem.at(RandomAccessBytes.of(channel), 0)
          .filter(found -> found.type().equals("ext4"))
          .filter(found -> !found.features().contains("journal_dev"))
          .map(found -> new Ext4(found.bytes(), found.features().contains("needs_recovery")));
    }
  }
}
