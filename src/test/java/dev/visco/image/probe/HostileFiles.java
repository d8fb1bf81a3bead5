package dev.visco.image.probe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Changes files of operators, from seeds, and looks into each in a process whose heap is bounded.
 * Prints how many of a kind were refused and read; ends with 1 when anything else comes of one.
 */
public final class HostileFiles {
  /** More than any of these files has, which are small. */
  private static final Duration MAX_TIME = Duration.ofSeconds(30);

  private static final int MAX_DETAIL = 1000;

  private static final long[] NUMBERS = {
    0, 1, -1, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40
  };

  private HostileFiles() {}

  /** What looks into a file of one kind. */
  private interface Look {
    void into(Path file) throws IOException;
  }

  /**
   * A kind of file.
   *
   * @param heads where its headers are, in bytes; most changes are there
   */
  private record FileKind(Path file, int changes, List<Long> heads, Look look) {}

  /**
   * @param arguments the folder with the files, and another one that changed files are written to
   */
  public static void main(String[] arguments) throws IOException {
    Path from = Path.of(arguments[0]);
    Path to = Path.of(arguments[1]);
    for (var kind : kinds(from).entrySet()) {
      int refused = 0;
      for (int seed = 0; seed < kind.getValue().changes(); seed++) {
        Path changed = to.resolve("changed");
        change(kind.getValue(), changed, new Random(kind.getKey().hashCode() + 31L * seed));
        refused += isRefused(kind.getKey() + " " + seed, kind.getValue().look(), changed) ? 1 : 0;
        Files.delete(changed);
      }
      int read = kind.getValue().changes() - refused;
      System.out.println(kind.getKey() + " refused " + refused + " read " + read);
    }
  }

  private static Map<String, FileKind> kinds(Path from) throws IOException {
    Look disk = file -> RootProbe.of("disk", file, file);
    Look format =
        file -> {
          DiskFormat found = DiskFormat.of("disk", file, file);
          if (found == DiskFormat.RAW) {
            RootProbe.of("disk", file, file);
          }
        };
    var kinds = new TreeMap<String, FileKind>();
    kinds.put("gpt", new FileKind(from.resolve("gpt"), 30, List.of(512L, 1024L, 1049600L), disk));
    kinds.put("mbr", new FileKind(from.resolve("mbr"), 20, List.of(0L, 1049600L), disk));
    for (String type : List.of("ext4", "xfs", "squashfs", "erofs")) {
      kinds.put(type, new FileKind(from.resolve(type), 12, List.of(0L, 1024L), disk));
    }
    kinds.put("btrfs", new FileKind(from.resolve("btrfs"), 12, List.of(0x10000L), disk));
    for (String type : List.of("qcow2", "vmdk", "vhdx")) {
      kinds.put(type, new FileKind(from.resolve(type), 15, List.of(0L, 512L), format));
    }
    long footer = Files.size(from.resolve("vhd")) - 512;
    kinds.put("vhd", new FileKind(from.resolve("vhd"), 15, List.of(0L, 512L, footer), format));
    for (Path initrd : list(from, "initrd-*")) {
      String name = initrd.getFileName().toString();
      kinds.put(name, new FileKind(initrd, 12, List.of(0L, 128L, 256L), InitrdProbe::of));
    }
    for (Path kernel : list(from, "kernel-*")) {
      String name = kernel.getFileName().toString();
      kinds.put(name, new FileKind(kernel, 15, List.of(0L, 0x1f0L, 0xa40L), KernelProbe::of));
    }
    return kinds;
  }

  private static List<Path> list(Path folder, String glob) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(folder, glob)) {
      files.forEach(found::add);
    }
    found.sort(null);
    return found;
  }

  /** Sets fields to extreme or random numbers, repeats a piece elsewhere, or cuts the file. */
  private static void change(FileKind kind, Path to, Random random) throws IOException {
    Files.copy(kind.file(), to);
    try (var file = new RandomAccessFile(to.toFile(), "rw")) {
      for (int times = 1 + random.nextInt(4); times > 0; times--) {
        long head = kind.heads().get(random.nextInt(kind.heads().size()));
        long at = Math.clamp(head + random.nextInt(256) / 4 * 4L, 0, file.length() - 8);
        file.seek(at);
        file.write(number(random));
      }
      switch (random.nextInt(8)) {
        case 0 -> file.setLength(1 + (long) (random.nextDouble() * file.length()));
        case 1 -> {
          byte[] piece = new byte[(int) Math.min(file.length(), 4096)];
          file.seek(0);
          file.readFully(piece);
          file.seek((long) (random.nextDouble() * file.length()));
          file.write(piece);
        }
        default -> {
          // The fields alone.
        }
      }
    }
  }

  private static byte[] number(Random random) {
    long value = random.nextBoolean() ? NUMBERS[random.nextInt(NUMBERS.length)] : random.nextLong();
    var bytes =
        ByteBuffer.allocate(8)
            .order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
            .putLong(value)
            .array();
    return java.util.Arrays.copyOf(bytes, 1 << random.nextInt(4));
  }

  private static boolean isRefused(String which, Look look, Path file) {
    long start = System.nanoTime();
    try {
      look.into(file);
      return false;
    } catch (Refused e) {
      if (e.refusal().detail().length() > MAX_DETAIL) {
        throw new AssertionError(which + ": " + e.refusal().detail());
      }
      return true;
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError(which + " was neither refused nor read", e);
    } finally {
      if (System.nanoTime() - start > MAX_TIME.toNanos()) {
        System.out.println(which + " took too long");
      }
    }
  }
}
