package dev.visco.image;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a disk in QEMU's format {@code qcow2} says of itself at its beginning
 * (docs/interop/qcow2.txt of QEMU): a magic word, a version, and where the path of the file lies
 * over which it is a layer.
 */
public final class QcowHeader {
  private static final int MAGIC = 0x5146_49fb; // "QFI" and 0xfb.
  private static final int LENGTH = 20;

  // Offsets of further fields, in a header of version 3.
  private static final int VERSION = 4;
  private static final int ENCRYPTION = 32;
  private static final int INNER_SNAPSHOTS = 60;
  private static final int FEATURES = 72;
  private static final int FULL_LENGTH = 104;

  /** Dirty refcounts, another kind of compression, extended tables; no external data file. */
  private static final long KNOWN_FEATURES = 1 | 1 << 3 | 1 << 4;

  /** QEMU takes none that is longer. */
  private static final int MAX_PATH = 1023;

  /** More make each read slow; a clone of a clone of a clone has four. */
  private static final int MAX_CHAIN = 100;

  private QcowHeader() {}

  /**
   * The file over which this disk is a layer; empty for a disk of its own, for one of another
   * format, and where there is none.
   */
  public static Optional<Path> below(Path disk) {
    try (FileChannel file = FileChannel.open(disk)) {
      ByteBuffer head = read(file, 0, LENGTH);
      if (head.remaining() < LENGTH || head.getInt() != MAGIC) {
        return Optional.empty();
      }
      head.getInt(); // The version.
      long at = head.getLong();
      int length = head.getInt();
      if (at == 0 || length == 0) {
        return Optional.empty();
      }
      if (at < 0 || length < 0 || length > MAX_PATH) {
        throw new HostFault("the disk " + disk + " is damaged: its header makes no sense");
      }
      ByteBuffer path = read(file, at, length);
      if (path.remaining() < length) {
        throw new HostFault("the disk " + disk + " is damaged: it was cut");
      }
      return Optional.of(Path.of(StandardCharsets.UTF_8.decode(path).toString()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new HostFault("cannot read " + disk + ": " + HostFault.words(e), e);
    }
  }

  /**
   * Why a disk that a stranger wrote is not used: it would have QEMU open other files than those
   * below it, or keeps something that no disk of ours has. Empty for a disk that may be used.
   */
  public static Optional<String> objection(Path disk) {
    try (FileChannel file = FileChannel.open(disk)) {
      ByteBuffer head = read(file, 0, FULL_LENGTH);
      if (head.remaining() < FULL_LENGTH || head.getInt(0) != MAGIC) {
        return Optional.of("it is no qcow2 file");
      }
      if (head.getInt(VERSION) != 3) {
        return Optional.of("its version is " + head.getInt(VERSION) + ", and not 3");
      }
      if (head.getInt(ENCRYPTION) != 0) {
        return Optional.of("it is encrypted");
      }
      if (head.getInt(INNER_SNAPSHOTS) != 0) {
        return Optional.of("it has snapshots within itself");
      }
      long features = head.getLong(FEATURES) & ~KNOWN_FEATURES;
      return features == 0
          ? Optional.empty()
          : Optional.of("it has features that are not known here: 0x" + Long.toHexString(features));
    } catch (IOException e) {
      throw new HostFault("cannot read " + disk + ": " + HostFault.words(e), e);
    }
  }

  /** All files over which this disk is a layer, the nearest first; none for one of its own. */
  public static List<Path> chain(Path disk) {
    var chain = new ArrayList<Path>();
    for (Optional<Path> next = below(disk); next.isPresent(); next = below(chain.getLast())) {
      if (chain.contains(next.get()) || chain.size() > MAX_CHAIN) {
        throw new HostFault("the disk " + disk + " lies over too many files, or over itself");
      }
      chain.add(next.get());
    }
    return chain;
  }

  private static ByteBuffer read(FileChannel file, long at, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && file.read(bytes, at + bytes.position()) >= 0) {
      // One read may return less than requested.
    }
    return bytes.flip();
  }
}
