package dev.visco.image.oci;

import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.FileDigest;
import dev.visco.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Layers that were fetched from registries, by digest, each whole or not there. One thread uses it
 * at a time.
 */
public final class BlobCache {
  private static final int PIECE = 128 << 10;
  private final Path folder;

  public BlobCache(Path folder) {
    this.folder = folder;
  }

  /** Is told how many bytes have come, and may end it by an exception. */
  interface Arrival {
    void bytes(long count) throws IOException;
  }

  private Path file(Digest digest) {
    return folder.resolve(digest.hex());
  }

  /** Whether it is there and whole; one that has changed on the disk is removed. */
  boolean has(Digest digest) throws IOException {
    Path file = file(digest);
    if (!Files.isRegularFile(file)) {
      return false;
    }
    if (FileDigest.of(file).equals(digest)) {
      return true;
    }
    Files.delete(file);
    return false;
  }

  InputStream open(Digest digest) throws IOException {
    return Files.newInputStream(file(digest));
  }

  /** Keeps a blob; refuses one that is longer than was said, or another one. */
  void put(OciLayer layer, InputStream in, Arrival arrival) throws IOException {
    DataFolders.closed(folder);
    removeHalves();
    Path half = DurableFiles.half(file(layer.digest()));
    try {
      var sum = Digest.sha256();
      try (FileChannel channel =
              FileChannel.open(half, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          OutputStream out = Channels.newOutputStream(channel)) {
        byte[] piece = new byte[PIECE];
        long all = 0;
        for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
          all += count;
          if (all > layer.size()) {
            throw OciRefusal.layer(layer.digest() + "", "is longer than its manifest says");
          }
          out.write(piece, 0, count);
          sum.update(piece, 0, count);
          arrival.bytes(all);
        }
        channel.force(true);
      }
      Digest found = Digest.of(sum);
      if (!found.equals(layer.digest())) {
        throw OciRefusal.layer(layer.digest() + "", "has other contents: their digest is " + found);
      }
      Files.move(half, file(layer.digest()), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncFolder(folder);
    } finally {
      Files.deleteIfExists(half);
    }
  }

  /** Removes what a daemon that was killed had half. */
  private void removeHalves() throws IOException {
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (DurableFiles.halfOf(file.getFileName().toString()).isPresent()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Removes all that no image is made of, and what was left half. */
  public void keepOnly(Set<String> hexDigests) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (!hexDigests.contains(file.getFileName().toString())) {
          Files.delete(file);
        }
      }
    }
  }
}
