package dev.visco.vmm;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.SparseFile;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The list of a snapshot's files, in their folder, with the size and SHA-256 of each. Its last line
 * is the SHA-256 of the lines before, which protects the list itself.
 *
 * <p>A guest's memory and disk are mostly holes, which cost as much to read as data. So a file's
 * digest is computed over its size and over each block of 64 KiB that is not all zeros, preceded by
 * the block's offset. It is the same for the same content, wherever the file has holes.
 */
public final class SnapshotParts {
  /** The list's name. */
  public static final String LIST = "parts.sha256";

  private static final int BLOCK = 1 << 16;
  private static final byte[] ZEROS = new byte[BLOCK];

  /** The maximum size of a list; one of a few files is shorter. */
  private static final int MAX_LIST = 1 << 16;

  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) (\\d{1,18}) ([^\\n]{1,255})");

  private SnapshotParts() {}

  /** The names of the files in a folder without the list. */
  public static List<String> names(Path folder) {
    try (var files = Files.newDirectoryStream(folder)) {
      var names = new TreeMap<String, Path>();
      files.forEach(file -> names.put(file.getFileName().toString(), file));
      names.remove(LIST);
      return List.copyOf(names.keySet());
    } catch (IOException e) {
      throw new HostFault("cannot read " + folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads these files and writes their list durably.
   *
   * @param names of files, relative to the folder
   * @return the list's own digest
   */
  public static Digest write(Path folder, List<String> names) {
    var text = new StringBuilder();
    for (String name : names) {
      Path file = folder.resolve(name);
      text.append(readNow(file).hex())
          .append(' ')
          .append(size(file))
          .append(' ')
          .append(name)
          .append('\n');
    }
    return write(folder, text.toString());
  }

  private static Digest write(Path folder, String lines) {
    Digest last = Digest.of(lines.getBytes(StandardCharsets.UTF_8));
    DurableFiles.write(
        folder.resolve(LIST),
        (lines + last.hex() + "\n").getBytes(StandardCharsets.UTF_8),
        "rw-------");
    return last;
  }

  /** The list's own digest once {@link #remove} has removed a file from it. */
  public static Digest without(Path folder, String name) {
    return Digest.of(linesWithout(folder, name).getBytes(StandardCharsets.UTF_8));
  }

  /** Removes a file from the list durably; the file stays. Safe to repeat. */
  public static void remove(Path folder, String name) {
    write(folder, linesWithout(folder, name));
  }

  private static String linesWithout(Path folder, String name) {
    return lines(folder.resolve(LIST))
        .lines()
        .filter(line -> !line.endsWith(" " + name))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  /** Whether there is a list; snapshots of older versions have none. */
  public static boolean isListed(Path folder) {
    return Files.exists(folder.resolve(LIST), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * A file of a list.
   *
   * @param name relative to the list's folder
   * @param digest as the list computes it: over the size and each block that is not all zeros
   */
  public record SnapshotPart(String name, long bytes, Digest digest) {}

  private record PartList(List<SnapshotPart> parts, Digest digest) {}

  /**
   * Checks every file of the list. One that this process has read before, and that has not been
   * changed since, is not read again: see {@link #isUnchanged}.
   *
   * @return the list's own digest
   * @throws HostFault when the list or one of the files is missing, cut or changed; the message
   *     names it
   */
  public static Digest require(Path folder) {
    PartList list = read(folder);
    list.parts().forEach(part -> check(folder, part, SnapshotParts::verified));
    return list.digest();
  }

  /**
   * Reads and checks every file of the list, and goes on after the first that is damaged.
   *
   * @return what is wrong with each that is missing, cut or changed, or with the list itself, which
   *     tells of no file then; none for a whole folder
   */
  public static List<String> damage(Path folder) {
    var damage = new ArrayList<String>();
    try {
      for (SnapshotPart part : read(folder).parts()) {
        try {
          check(folder, part, SnapshotParts::readNow);
        } catch (HostFault e) {
          damage.add(e.getMessage());
        }
      }
    } catch (HostFault e) {
      damage.add(e.getMessage());
    }
    return damage;
  }

  private static void check(Path folder, SnapshotPart part, Function<Path, Digest> digests) {
    Path file = folder.resolve(part.name());
    long size = size(file);
    if (size != part.bytes()) {
      throw damaged(file, "has " + size + " bytes instead of " + part.bytes());
    }
    Digest digest = digests.apply(file);
    if (!digest.equals(part.digest())) {
      throw damaged(
          file,
          "was changed: its "
              + size
              + " bytes come to "
              + digest.hex()
              + " instead of "
              + part.digest().hex());
    }
  }

  /**
   * What the list names; none of it is looked at.
   *
   * @throws HostFault when the list is missing, cut or changed
   */
  public static List<SnapshotPart> parts(Path folder) {
    return read(folder).parts();
  }

  private static PartList read(Path folder) {
    Path list = folder.resolve(LIST);
    String lines = lines(list);
    var parts = new ArrayList<SnapshotPart>();
    for (String line : lines.lines().toList()) {
      var part = LINE.matcher(line);
      if (!part.matches()) {
        throw damaged(list, "is no list of parts");
      }
      parts.add(
          new SnapshotPart(
              part.group(3), Long.parseLong(part.group(2)), new Digest("sha256:" + part.group(1))));
    }
    return new PartList(parts, Digest.of(lines.getBytes(StandardCharsets.UTF_8)));
  }

  /** The lines of a list that is whole, without its own digest. */
  private static String lines(Path list) {
    String text = text(list);
    String lines = text.substring(0, text.lastIndexOf('\n', text.length() - 2) + 1);
    Digest last = Digest.of(lines.getBytes(StandardCharsets.UTF_8));
    if (!text.equals(lines + last.hex() + "\n")) {
      throw damaged(list, "was cut or changed");
    }
    return lines;
  }

  /**
   * The digest of one file's content, the same wherever the file has holes: from the list where
   * there is one, else by reading the file.
   *
   * @throws HostFault when the list is damaged or does not name it, or the file cannot be read
   */
  public static Digest contentOf(Path folder, String name) {
    if (!isListed(folder)) {
      return content(folder.resolve(name));
    }
    return part(folder, name).digest();
  }

  private static SnapshotPart part(Path folder, String name) {
    return read(folder).parts().stream()
        .filter(part -> part.name().equals(name))
        .findFirst()
        .orElseThrow(() -> damaged(folder.resolve(LIST), "does not name " + name));
  }

  /** The digest of a file's content, as a list has it; the file is read. */
  public static Digest content(Path file) {
    return new Digest("sha256:" + digest(file));
  }

  private static Digest verified(Path file) {
    try {
      Optional<Digest> known = VerifiedFiles.known(file);
      return known.isPresent() ? known.get() : readNow(file);
    } catch (IOException e) {
      throw damaged(file, "cannot be looked at: " + e.getMessage());
    }
  }

  /**
   * Whether this process has read this content in the file, and neither the file nor anything about
   * it has changed since: device, inode, size, and the times of its last write and change.
   */
  public static boolean isUnchanged(Path file, Digest content) {
    try {
      return VerifiedFiles.known(file).filter(content::equals).isPresent();
    } catch (IOException e) {
      throw damaged(file, "cannot be looked at: " + e.getMessage());
    }
  }

  private static Digest readNow(Path file) {
    try {
      return VerifiedFiles.read(file, SnapshotParts::content);
    } catch (IOException e) {
      throw damaged(file, "cannot be looked at: " + e.getMessage());
    }
  }

  private static HostFault damaged(Path file, String how) {
    return new HostFault("the snapshot is damaged: " + file + " " + how);
  }

  private static String text(Path list) {
    try {
      // A larger file is not a list.
      if (size(list) > MAX_LIST) {
        throw damaged(list, "is too long for a list");
      }
      // One character per byte, so that decoding does not hide a changed byte.
      return Files.readString(list, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw damaged(list, "cannot be read: " + e.getMessage());
    }
  }

  private static long size(Path file) {
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw damaged(
            file, Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? "is no file" : "is not there");
      }
      return Files.size(file);
    } catch (IOException e) {
      throw damaged(file, "cannot be looked at: " + e.getMessage());
    }
  }

  private static String digest(Path file) {
    MessageDigest sum = Digest.sha256();
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      sum.update(number(size));
      var buffer = ByteBuffer.allocate(BLOCK);
      long next = 0;
      for (SparseFile.DataRange range : SparseFile.data(file)) {
        long block = Math.max(next, range.start() / BLOCK);
        for (; block * BLOCK < Math.min(range.end(), size); block++) {
          add(sum, channel, buffer, block * BLOCK, size);
        }
        next = block;
      }
    } catch (IOException e) {
      throw damaged(file, "cannot be read: " + e.getMessage());
    }
    return Digest.of(sum).hex();
  }

  private static void add(
      MessageDigest sum, FileChannel channel, ByteBuffer buffer, long at, long size)
      throws IOException {
    int length = (int) Math.min(BLOCK, size - at);
    buffer.clear().limit(length);
    while (buffer.hasRemaining()) {
      // One read may return less than requested.
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new IOException("it became shorter while it was read");
      }
    }
    if (!Arrays.equals(buffer.array(), 0, length, ZEROS, 0, length)) {
      sum.update(number(at));
      sum.update(buffer.array(), 0, length);
    }
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }
}
