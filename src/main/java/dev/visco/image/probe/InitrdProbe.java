package dev.visco.image.probe;

import dev.visco.model.Refused;
import dev.visco.model.RootProblem;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The contents of an initramfs: one or several cpio archives ({@code newc}), each packed or not,
 * with zeros between them (Linux, {@code
 * Documentation/driver-api/early-userspace/buffer-format.rst}).
 *
 * @param packed the compressions of its parts, none for plain ones
 * @param modules names of all kernel modules in it, null when a part could not be read
 * @param moduleReleases the kernel releases that they were made for
 * @param hasInit whether it has an {@code init} that the kernel would start; also true when a part
 *     could not be read
 * @param isOurs whether its init is Visco's
 * @param hasOverlayRoot whether it lays an overlay over a root that cannot be written to, as the
 *     boot argument {@code overlayroot=} says: ours does, and one with the package overlayroot
 * @param initFault why its init cannot be started, null when it can or that is not known
 * @param unknown what could not be determined, a sentence each
 */
public record InitrdProbe(
    List<String> packed,
    @Nullable List<String> modules,
    SortedSet<String> moduleReleases,
    boolean hasInit,
    boolean isOurs,
    boolean hasOverlayRoot,
    @Nullable RootProblem initFault,
    List<String> unknown) {
  /** The preflight's rule about an init that cannot be started. */
  public static final String INIT_RULE = "initramfs-init-not-executable";

  /** Where initramfs-tools has the script of the package overlayroot. */
  private static final String OVERLAY_ROOT = "scripts/init-bottom/overlayroot";

  /** Far more than an initramfs has; the kernel keeps all of it in the guest's memory. */
  private static final long MAX_BYTES = 4L << 30;

  /** One whose init can be started. */
  public InitrdProbe(
      List<String> packed,
      @Nullable List<String> modules,
      SortedSet<String> moduleReleases,
      boolean hasInit,
      boolean isOurs,
      List<String> unknown) {
    this(packed, modules, moduleReleases, hasInit, isOurs, false, null, unknown);
  }

  /** Probes an initramfs; refuses any other file, and one for another architecture. */
  public static InitrdProbe of(Path file) {
    return of(file, file);
  }

  /**
   * Probes a copy of an initramfs.
   *
   * @param named the path that a refusal names
   */
  public static InitrdProbe of(Path file, Path named) {
    return of(file, named, MAX_BYTES);
  }

  /**
   * The same with another bound.
   *
   * @param maxBytes of its archives, unpacked
   */
  static InitrdProbe of(Path file, Path named, long maxBytes) {
    return OperatorFile.read(
        "initrd",
        file,
        named,
        channel -> {
          var reading = new InitrdPass(named, maxBytes);
          String start = FileSignature.of(RandomAccessBytes.of(channel));
          if (!reading.archives(
              new BufferedInputStream(Channels.newInputStream(channel.position(0)), 1 << 16), 0)) {
            throw OperatorFile.invalid(
                "initrd",
                named,
                "begins with "
                    + start
                    + " and is no initramfs: that is a cpio archive (newc), packed or not",
                "Give the initramfs itself, like /boot/initrd.img-…");
          }
          return reading.result();
        });
  }

  /** One pass over the file. */
  private static final class InitrdPass {
    private static final int HEAD = 110;
    private static final int MAX_MODULE_BYTES = 16 << 20;

    /** A distribution's kernel has some 5,000. */
    private static final int MAX_MODULES = 50_000;

    /** Most have one, or two with microcode. */
    private static final int MAX_ARCHIVES = 256;

    private final Path named;
    private final List<String> packed = new ArrayList<>();
    private final TreeSet<String> modules = new TreeSet<>();
    private final TreeSet<String> releases = new TreeSet<>();
    private final TreeSet<String> architectures = new TreeSet<>();
    private final List<String> unknown = new ArrayList<>();
    private int archives;
    private final InitrdFiles files = new InitrdFiles();
    private boolean isWhole = true;
    private boolean hasInit;
    private boolean isOurs;
    private boolean hasOverlayRoot;
    private final long maxBytes;
    private long bytes;

    public InitrdPass(Path named, long maxBytes) {
      this.named = named;
      this.maxBytes = maxBytes;
    }

    public InitrdProbe result() throws IOException {
      if (!architectures.isEmpty() && !architectures.contains("x86-64")) {
        throw OperatorFile.invalid(
            "initrd",
            named,
            "holds programs for "
                + String.join(", ", architectures)
                + ", and guests here are x86-64",
            "Give an initramfs for x86-64.");
      }
      return new InitrdProbe(
          List.copyOf(packed),
          isWhole ? List.copyOf(modules) : null,
          releases,
          hasInit || !isWhole,
          isOurs,
          hasOverlayRoot || isOurs && modules.contains("overlay"),
          hasInit && isWhole ? initFault() : null,
          List.copyOf(unknown));
    }

    private @Nullable RootProblem initFault() {
      return new ProgramChain(files)
          .fault("/init")
          .map(fault -> new RootProblem(INIT_RULE, "/init", fault.cause() + ".", fault.remedy()))
          .orElse(null);
    }

    /** Reads all archives; false when the file does not begin with one. */
    public boolean archives(InputStream in, int depth) throws IOException {
      boolean isFirst = true;
      while (skipZeros(in)) {
        if (++archives > 2 * MAX_ARCHIVES) {
          throw tooMany(MAX_ARCHIVES + " archives");
        }
        in.mark(16);
        byte[] head = in.readNBytes(8);
        in.reset();
        Optional<Compression> compression = Compression.of(head);
        if (new String(head, StandardCharsets.ISO_8859_1).startsWith("07070")) {
          archive(in);
        } else if (compression.isPresent() && depth == 0) {
          if (!packed(in, compression.get())) {
            return true;
          }
        } else if (isFirst) {
          return false;
        } else {
          isWhole = false;
          unknown.add(
              "unknown: what follows the first archives of the initramfs: it is no archive");
          return true;
        }
        isFirst = false;
      }
      return !isFirst;
    }

    /** Reads a packed part; false when the parts after it cannot be read either. */
    private boolean packed(InputStream in, Compression compression) throws IOException {
      packed.add(compression.name());
      if (!compression.isReadable()) {
        isWhole = false;
        unknown.add(
            "unknown: what the initramfs holds: it is packed with "
                + compression
                + ", which cannot be unpacked here");
        return false;
      }
      // Not closed: the next part is read from the same stream.
      var inside = new BufferedInputStream(compression.open(in), 1 << 16);
      if (!archives(inside, 1)) {
        throw notCpio(compression);
      }
      return true;
    }

    private Refused tooMany(String what) {
      return OperatorFile.invalid(
          "initrd",
          named,
          "holds more than " + what,
          "Give the initramfs itself, like /boot/initrd.img-…");
    }

    private Refused notCpio(Compression compression) {
      return OperatorFile.invalid(
          "initrd",
          named,
          "is packed with " + compression + " but holds no cpio archive (newc)",
          "Give the initramfs itself, like /boot/initrd.img-…");
    }

    private boolean skipZeros(InputStream in) throws IOException {
      int next;
      do {
        count(1);
        in.mark(1);
        next = in.read();
      } while (next == 0);
      if (next < 0) {
        return false;
      }
      in.reset();
      return true;
    }

    private void archive(InputStream in) throws IOException {
      while (true) {
        String head = new String(whole(in, HEAD), StandardCharsets.ISO_8859_1);
        if (!head.matches("07070[12][0-9A-Fa-f]{104}")) {
          throw new EOFException("no cpio header where the next file should begin");
        }
        int mode = Integer.parseUnsignedInt(head.substring(14, 22), 16);
        int links = Integer.parseUnsignedInt(head.substring(38, 46), 16);
        long size = Long.parseLong(head.substring(54, 62), 16);
        int nameSize = Integer.parseUnsignedInt(head.substring(94, 102), 16);
        if (nameSize < 1 || nameSize > 4096) {
          throw new EOFException(
              "a file's name of " + Integer.toUnsignedString(nameSize) + " bytes");
        }
        String name = new String(whole(in, nameSize), StandardCharsets.UTF_8).replace("\0", "");
        skip(in, padding(HEAD + nameSize));
        if (name.equals("TRAILER!!!")) {
          return;
        }
        file(in, name.replaceFirst("^(\\./|/)+", ""), mode, size, links);
        skip(in, padding(size));
      }
    }

    private void file(InputStream in, String name, int mode, long size, int links)
        throws IOException {
      boolean isFile = (mode & 0170000) == 0100000;
      boolean isLink = (mode & 0170000) == 0120000;
      Optional<String> module = isFile ? ModuleFile.name(name) : Optional.empty();
      if (name.equals("init")) {
        hasInit = true;
      }
      hasOverlayRoot |= name.equals(OVERLAY_ROOT);
      byte[] content = whole(in, (int) Math.min(size, wanted(name, isFile, isLink, module)));
      skip(in, size - content.length);
      files.add(name, mode, size, isFile && links > 1 && size == 0, content);
      if (module.isPresent()) {
        modules.add(module.get());
        if (modules.size() > MAX_MODULES) {
          throw tooMany(MAX_MODULES + " kernel modules");
        }
        Optional<ModuleFile> plain = ModuleFile.of(content);
        plain.flatMap(ModuleFile::release).ifPresent(releases::add);
        content = plain.map(ModuleFile::plain).orElse(new byte[0]);
      }
      if (name.equals("init") && DiskFormat.latin(content).contains("visco-initramfs")) {
        isOurs = true;
      }
      if (isFile) {
        Elf.of(RandomAccessBytes.of(content)).map(Elf::architecture).ifPresent(architectures::add);
      }
    }

    /** How much of an entry's contents is looked at. */
    private static int wanted(
        String name, boolean isFile, boolean isLink, Optional<String> module) {
      if (isLink) {
        return InitrdFiles.MAX_LINK;
      }
      if (!isFile) {
        return 0;
      }
      return module.isPresent()
          ? MAX_MODULE_BYTES
          : InitrdFiles.isProgram(name) ? InitrdFiles.MAX_PROGRAM : 64;
    }

    private static long padding(long size) {
      return (4 - size % 4) % 4;
    }

    /** Refuses what would be read for hours: a few bytes can be packed zeros without end. */
    private void count(long read) {
      bytes += read;
      if (bytes > maxBytes) {
        throw tooMany(maxBytes + " bytes, unpacked");
      }
    }

    private byte[] whole(InputStream in, int length) throws IOException {
      count(length);
      byte[] found = in.readNBytes(length);
      if (found.length < length) {
        throw new EOFException("a file in its archive is cut off");
      }
      return found;
    }

    private void skip(InputStream in, long length) throws IOException {
      count(length);
      try {
        in.skipNBytes(length);
      } catch (EOFException e) {
        throw new EOFException("a file in its archive is cut off");
      }
    }
  }
}
