package dev.visco.image.probe;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The subvolumes of a btrfs file system of one device, read from its superblock, its chunks and its
 * tree of roots (btrfs-progs, Documentation/dev/On-disk-format.rst). Nothing is mounted.
 *
 * @param isDefaultNamed whether one of them is mounted where nothing else is said, and not the top
 * @param names of those directly below the top
 */
public record BtrfsSubvolumes(boolean isDefaultNamed, List<String> names) {
  /** As distributions name the one that holds their root: Fedora, Ubuntu, Debian, others. */
  private static final List<String> ROOTS = List.of("root", "@", "@rootfs", "@root");

  private static final long SUPERBLOCK = 0x10000;
  private static final int TOP = 5;
  private static final int ROOT_DIRECTORY = 6;
  private static final int FIRST_FOLDER = 256;
  private static final int DIRECTORY_ITEM = 84;
  private static final int BACK_REFERENCE = 144;
  private static final int CHUNK = 228;
  private static final int KEY = 17;
  private static final int HEADER = 101;
  private static final int MAX_NODE = 64 << 10;
  private static final int MAX_LEVEL = 7;
  private static final int MAX_NODES = 10_000;
  private static final int MAX_NAMES = 1000;

  /**
   * Reads them; empty when that is no such file system, has several devices, or is damaged.
   *
   * @param offset of the file system in bytes
   */
  public static Optional<BtrfsSubvolumes> of(Path file, long offset) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      RandomAccessBytes bytes = RandomAccessBytes.of(channel);
      if (!bytes.has(offset + SUPERBLOCK + 0x40, "_BHRfS_M")) {
        return Optional.empty();
      }
      ByteBuffer block = bytes.little(offset + SUPERBLOCK, 4096);
      int node = block.getInt(0x94);
      boolean isUsual = block.getLong(0x88) == 1 && node >= 4096 && node <= MAX_NODE;
      return isUsual
          ? Optional.of(new Reading(bytes, offset, node).subvolumes(block))
          : Optional.empty();
    } catch (EOFException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** The subvolume that is the root by its name; null when there is none, or none is needed. */
  public @Nullable String root() {
    List<String> known = ROOTS.stream().filter(names::contains).toList();
    return isDefaultNamed || known.size() != 1 ? null : known.getFirst();
  }

  /** Whether it cannot be known which one is the root. */
  public boolean isUnclear() {
    return !isDefaultNamed && !names.isEmpty() && root() == null;
  }

  /** Is given each item of a tree. */
  private interface ItemVisitor {
    void visit(long objectId, int type, long offset, ByteBuffer item) throws IOException;
  }

  /** A part of the logical addresses and where it is on the device. */
  private record ChunkPlace(long length, long physical) {}

  /** One reading of a file system. */
  private static final class Reading {
    private final RandomAccessBytes bytes;
    private final long offset;
    private final int nodeSize;
    private final TreeMap<Long, ChunkPlace> chunks = new TreeMap<>();
    private final TreeMap<Long, String> names = new TreeMap<>();
    private long standard = TOP;
    private int nodes;

    Reading(RandomAccessBytes bytes, long offset, int nodeSize) {
      this.bytes = bytes;
      this.offset = offset;
      this.nodeSize = nodeSize;
    }

    BtrfsSubvolumes subvolumes(ByteBuffer block) throws IOException {
      int end = 0x32b + Math.clamp(block.getInt(0xa0), 0, 2048);
      int at = 0x32b;
      while (at + KEY + 48 <= end) {
        int stripes = block.getShort(at + KEY + 44) & 0xffff;
        chunk(block.getLong(at + 9), block.slice(at + KEY, 48 + 32).order(block.order()));
        at += KEY + 48 + stripes * 32;
      }
      each(
          block.getLong(0x58),
          MAX_LEVEL,
          (_, type, logical, item) -> {
            if (type == CHUNK) {
              chunk(logical, item);
            }
          });
      each(block.getLong(0x50), MAX_LEVEL, this::root);
      return new BtrfsSubvolumes(standard != TOP, List.copyOf(names.values()));
    }

    private void chunk(long logical, ByteBuffer item) {
      // Of copies on one device any is as good as another.
      chunks.put(logical, new ChunkPlace(item.getLong(0), item.getLong(48 + 8)));
    }

    private void root(long objectId, int type, long parent, ByteBuffer item) {
      if (type == DIRECTORY_ITEM && objectId == ROOT_DIRECTORY) {
        if (text(item, 30, item.getShort(27) & 0xffff).equals("default")) {
          standard = item.getLong(0);
        }
      } else if (type == BACK_REFERENCE && parent == TOP && item.getLong(0) == FIRST_FOLDER) {
        if (names.size() < MAX_NAMES) {
          names.put(objectId, text(item, 18, item.getShort(16) & 0xffff));
        }
      }
    }

    private static String text(ByteBuffer item, int at, int length) {
      byte[] text = new byte[Math.clamp(length, 0, 255)];
      item.get(at, text);
      return new String(text, StandardCharsets.UTF_8);
    }

    /** Goes down only: a node's level is less than that of the one that leads to it. */
    private void each(long logical, int max, ItemVisitor visitor) throws IOException {
      if (++nodes > MAX_NODES) {
        throw new EOFException("a tree of more than " + MAX_NODES + " nodes");
      }
      ByteBuffer node = bytes.little(offset + physical(logical), nodeSize);
      int level = node.get(100) & 0xff;
      if (node.getLong(48) != logical || level > max) {
        throw new EOFException("no node at " + logical);
      }
      int items = node.getInt(96);
      for (int number = 0; number < items; number++) {
        if (level == 0) {
          int at = HEADER + number * (KEY + 8);
          ByteBuffer item =
              node.slice(HEADER + node.getInt(at + KEY), node.getInt(at + KEY + 4))
                  .order(node.order());
          visitor.visit(node.getLong(at), node.get(at + 8) & 0xff, node.getLong(at + 9), item);
        } else {
          each(node.getLong(HEADER + number * (KEY + 16) + KEY), level - 1, visitor);
        }
      }
    }

    private long physical(long logical) throws EOFException {
      Map.Entry<Long, ChunkPlace> chunk = chunks.floorEntry(logical);
      if (chunk == null || logical - chunk.getKey() >= chunk.getValue().length()) {
        throw new EOFException("no chunk for " + logical);
      }
      return chunk.getValue().physical() + logical - chunk.getKey();
    }
  }
}
