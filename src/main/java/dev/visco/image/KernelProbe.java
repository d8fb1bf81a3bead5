package dev.visco.image;

import dev.visco.model.Refused;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel's file tells of itself. Pure: it reads the file and nothing else. A bzImage's
 * set-up header is that of Linux's {@code Documentation/arch/x86/boot.rst}; release and
 * configuration come from the kernel inside, as far as it can be unpacked and holds them.
 *
 * @param format how the file is laid out
 * @param payload how the kernel inside a bzImage is packed, null for a vmlinux or when unknown
 * @param release like {@code 6.1.0-50-cloud-amd64}, null when it was not found
 * @param configuration the text of its {@code .config} (IKCONFIG), null when it holds none
 * @param startsUnderQemu whether QEMU's {@code -kernel} can start it: a bzImage, or an ELF file
 *     with a PVH entry; null when that could not be read
 * @param leastMemoryMib MiB that the kernel takes before it knows how much there is, from its place
 *     in memory on; null when it does not tell
 * @param unknown what could not be determined, a sentence each
 */
public record KernelProbe(
    Format format,
    @Nullable String payload,
    @Nullable String release,
    @Nullable String configuration,
    @Nullable Boolean startsUnderQemu,
    @Nullable Integer leastMemoryMib,
    List<String> unknown) {
  private static final int MOST_UNPACKED = 512 << 20;
  private static final long MOST_MEMORY = 1L << 40;
  private static final int LONGEST_RELEASE = 128;
  private static final String BANNER = "Linux version ";
  private static final String CONFIGURATION = "IKCFG_ST\u001f\u008b";

  public KernelProbe {
    unknown = List.copyOf(unknown);
  }

  /** How a kernel's file is laid out. */
  public enum Format {
    /** A packed kernel with a loader of its own; QEMU takes it, Firecracker does not. */
    BZIMAGE("bzImage"),
    /** The kernel itself, an ELF file; Firecracker takes nothing else. */
    VMLINUX("vmlinux");

    private final String word;

    Format(String word) {
      this.word = word;
    }

    /** Its usual name. */
    public String word() {
      return word;
    }
  }

  /** Looks into a kernel; what is none, or none of x86-64, is refused. */
  public static KernelProbe of(Path file) {
    return of(file, file);
  }

  /**
   * Looks into a copy of a kernel.
   *
   * @param named the path that a refusal names
   */
  static KernelProbe of(Path file, Path named) {
    return SourceFile.read("kernel", file, named, channel -> probe(channel, named));
  }

  /**
   * The kernel as an ELF file: the file itself, or what its bzImage holds; empty when that cannot
   * be unpacked here.
   */
  public static Optional<byte[]> elf(Path file) {
    return SourceFile.read(
        "kernel",
        file,
        file,
        channel -> {
          Bytes bytes = Bytes.of(channel);
          if (Elf.of(bytes).isPresent()) {
            return Optional.of(bytes.read(0, Math.toIntExact(bytes.size())));
          }
          return bzImageOf(bytes, file).unpack(bytes).kernel();
        });
  }

  private static KernelProbe probe(FileChannel channel, Path named) throws IOException {
    Bytes bytes = Bytes.of(channel);
    Optional<Elf> elf = Elf.of(bytes);
    if (elf.isPresent()) {
      return vmlinux(bytes, elf.get(), named);
    }
    return bzImage(bytes, bzImageOf(bytes, named), named);
  }

  private static KernelProbe vmlinux(Bytes bytes, Elf elf, Path named) throws IOException {
    if (!elf.isX8664()) {
      throw wrongMachine(named, elf.bits() + "-bit " + elf.architecture());
    }
    if (elf.type() != Elf.EXECUTABLE || elf.isProgram()) {
      throw SourceFile.invalid(
          "kernel",
          named,
          elf.type() == Elf.RELOCATABLE
              ? "is a relocatable ELF file (a kernel module?) and no kernel"
              : "is an ELF program or library and no kernel",
          "Give the kernel itself: a bzImage (like /boot/vmlinuz-…) or a vmlinux.");
    }
    if (elf.end() > bytes.size()) {
      throw cutOff(named, bytes.size(), elf.end(), "its program headers");
    }
    var unknown = new ArrayList<String>();
    Inside inside = Inside.of(bytes, elf, unknown);
    return new KernelProbe(
        Format.VMLINUX,
        null,
        inside.release(),
        inside.configuration(),
        elf.hasPvhEntry(bytes),
        mebibytes(elf.memoryEnd()),
        unknown);
  }

  private static KernelProbe bzImage(Bytes bytes, BzImage image, Path named) throws IOException {
    if (!image.is64Bit()) {
      throw wrongMachine(named, "32-bit i386");
    }
    if (image.end() > bytes.size()) {
      throw cutOff(named, bytes.size(), image.end(), "its set-up header");
    }
    var unknown = new ArrayList<String>();
    BzImage.Unpacked unpacked = image.unpack(bytes);
    Inside inside = new Inside(null, null);
    if (unpacked.kernel().isPresent()) {
      Bytes kernel = Bytes.of(unpacked.kernel().get());
      Elf elf =
          Elf.of(kernel)
              .orElseThrow(() ->
                  SourceFile.invalid(
                      "kernel",
                      named,
                      "holds no ELF kernel in its payload",
                      "Give an undamaged bzImage."));
      if (!elf.isX8664()) {
        throw wrongMachine(named, elf.bits() + "-bit " + elf.architecture());
      }
      inside = Inside.of(kernel, elf, unknown);
    } else {
      unknown.add(
          "unknown: the kernel's configuration: its payload "
              + unpacked.whyNot()
              + "; --kernel-config tells it");
    }
    String release = image.release() == null ? inside.release() : image.release();
    if (release == null && unpacked.kernel().isEmpty()) {
      unknown.add("unknown: the kernel's release: its set-up header names none");
    } else if (release != null) {
      unknown.removeIf(statement -> statement.startsWith(Inside.NO_RELEASE));
    }
    return new KernelProbe(
        Format.BZIMAGE,
        unpacked.how(),
        release,
        inside.configuration(),
        true,
        mebibytes(image.memoryEnd()),
        unknown);
  }

  /** Rounded up; null for nothing, and for what no machine here has. */
  private static @Nullable Integer mebibytes(long bytes) {
    return bytes <= 0 || bytes > MOST_MEMORY ? null : (int) ((bytes + (1 << 20) - 1) >> 20);
  }

  private static BzImage bzImageOf(Bytes bytes, Path named) throws IOException {
    Optional<BzImage> image = BzImage.of(bytes);
    if (image.isEmpty()) {
      throw noKernel(bytes, named);
    }
    return image.get();
  }

  private static Refused noKernel(Bytes bytes, Path named) throws IOException {
    if (bytes.has(56, "ARMd")) {
      return wrongMachine(named, "64-bit aarch64");
    }
    return SourceFile.invalid(
        "kernel",
        named,
        "begins with "
            + FirstBytes.of(bytes)
            + " and is no kernel: a bzImage has \"HdrS\" at byte 514, an ELF vmlinux begins with 7f 45 4c 46",
        "Give a bzImage (like /boot/vmlinuz-…) or an uncompressed ELF vmlinux.");
  }

  private static Refused wrongMachine(Path named, String found) {
    return SourceFile.invalid(
        "kernel",
        named,
        "is a " + found + " kernel, and guests here are x86-64",
        "Give a kernel for x86-64.");
  }

  private static Refused cutOff(Path named, long size, long promised, String by) {
    return SourceFile.invalid(
        "kernel",
        named,
        "is cut off: it has " + size + " bytes, and by " + by + " it has " + promised,
        "Copy it again.");
  }

  /** What stands in the kernel's own memory image. */
  private record Inside(@Nullable String release, @Nullable String configuration) {
    static final String NO_RELEASE = "unknown: the kernel's release";

    static Inside of(Bytes bytes, Elf elf, List<String> unknown) throws IOException {
      String release = null;
      String configuration = null;
      for (Elf.Segment segment : elf.segments()) {
        if (segment.isLoaded() && segment.size() <= MOST_UNPACKED) {
          byte[] loaded = bytes.read(segment.offset(), (int) segment.size());
          // Latin-1 keeps every byte as one character, so that places in the text are places in the
          // bytes.
          String text = new String(loaded, StandardCharsets.ISO_8859_1);
          release = release == null ? release(text) : release;
          configuration = configuration == null ? configuration(text, loaded) : configuration;
        }
      }
      if (release == null) {
        unknown.add(NO_RELEASE + ": it says nowhere \"Linux version\"");
      }
      if (configuration == null) {
        unknown.add(
            "unknown: the kernel's configuration: it was built without CONFIG_IKCONFIG; --kernel-config tells it");
      }
      return new Inside(release, configuration);
    }

    private static @Nullable String release(String text) {
      for (int at = text.indexOf(BANNER); at >= 0; at = text.indexOf(BANNER, at + 1)) {
        int start = at + BANNER.length();
        String found =
            text.substring(start, Math.min(start + LONGEST_RELEASE, text.length()))
                .split("[ \0]", 2)[0];
        if (found.matches("[0-9]+\\.[0-9][!-~]*")) {
          return found;
        }
      }
      return null;
    }

    private static @Nullable String configuration(String text, byte[] bytes) {
      int at = text.indexOf(CONFIGURATION);
      if (at < 0) {
        return null;
      }
      int start = at + "IKCFG_ST".length();
      int end = text.indexOf("IKCFG_ED", start);
      int length = (end < 0 ? bytes.length : end) - start;
      try (InputStream in = Compression.GZIP.open(new ByteArrayInputStream(bytes, start, length))) {
        return new String(in.readNBytes(MOST_UNPACKED), StandardCharsets.UTF_8);
      } catch (IOException e) {
        return null;
      }
    }
  }
}
