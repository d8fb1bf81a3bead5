package dev.visco.image;

import dev.visco.host.Command;
import dev.visco.host.Host;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Layers over disks, in which nothing is written yet. {@code qemu-img} makes the first one over a
 * disk, which takes it 15 ms; each further one is the same but for its name, and is written by the
 * daemon itself.
 */
final class EmptyLayers {
  /** Images and snapshots from which VMs are made at about the same time. */
  private static final int MAX = 64;

  private static final int PAGE = 4096;

  /** More than any empty layer of a disk that Visco makes: its table has 8 bytes for 512 MiB. */
  private static final long MAX_BYTES = 4 << 20;

  private final Host host;
  private final Map<Below, Layer> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Below, Layer> eldest) {
          return size() > MAX;
        }
      };

  EmptyLayers(Host host) {
    this.host = host;
  }

  /**
   * What a layer is the same for.
   *
   * @param size the layer's own; null for that of the disk
   * @param key the disk's inode, so that another file of the same name is another disk
   */
  private record Below(
      Path disk, String format, @Nullable Long size, String key, long bytes, FileTime changed) {
    static Optional<Below> of(Path disk, String format, @Nullable Long size) {
      try {
        var facts = Files.readAttributes(disk, BasicFileAttributes.class);
        String key = String.valueOf(facts.fileKey());
        return Optional.of(
            new Below(disk, format, size, key, facts.size(), facts.lastModifiedTime()));
      } catch (IOException e) {
        return Optional.empty(); // Whoever makes the layer says why.
      }
    }
  }

  /** The pages of a layer that are not empty. */
  private record Layer(long length, Map<Long, byte[]> pages) {
    static Optional<Layer> read(Path file) throws IOException {
      if (Files.size(file) > MAX_BYTES) {
        return Optional.empty();
      }
      byte[] all = Files.readAllBytes(file);
      var pages = new LinkedHashMap<Long, byte[]>();
      for (int at = 0; at < all.length; at += PAGE) {
        byte[] page = Arrays.copyOfRange(all, at, Math.min(at + PAGE, all.length));
        if (!isEmpty(page)) {
          pages.put((long) at, page);
        }
      }
      return Optional.of(new Layer(all.length, pages));
    }

    private static boolean isEmpty(byte[] page) {
      for (byte one : page) {
        if (one != 0) {
          return false;
        }
      }
      return true;
    }

    void write(Path file) throws IOException {
      try (var out = new RandomAccessFile(file.toFile(), "rw")) {
        for (var page : pages.entrySet()) {
          out.seek(page.getKey());
          out.write(page.getValue());
        }
        out.setLength(length);
      }
    }
  }

  /**
   * Makes a layer; there is no file of its name.
   *
   * @param below the disk under it, whose guest's view never changes again
   * @param format the disk's, as {@code qemu-img} calls it
   * @param size the layer's own, in bytes; null for that of the disk
   */
  void make(Path layer, Path below, String format, @Nullable Long size) throws IOException {
    Optional<Below> key = Below.of(below, format, size);
    Optional<Layer> same = key.flatMap(this::find);
    if (same.isPresent()) {
      same.get().write(layer);
      return;
    }
    var command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", format));
    command.addAll(List.of("-b", below.toString(), layer.toString()));
    if (size != null) {
      command.add(size.toString());
    }
    host.check(Command.of(command));
    Optional<Layer> made = Layer.read(layer);
    if (key.isPresent() && made.isPresent()) {
      keep(key.get(), made.get());
    }
  }

  private synchronized Optional<Layer> find(Below below) {
    return Optional.ofNullable(known.get(below));
  }

  private synchronized void keep(Below below, Layer layer) {
    known.put(below, layer);
  }
}
