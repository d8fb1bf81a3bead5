package dev.visco.image.probe;

import dev.visco.host.DurableFiles;
import dev.visco.image.Manifest;
import dev.visco.model.Refused;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a kernel, read from its file alone. A bzImage's set-up header is described in
 * Linux's {@code Documentation/arch/x86/boot.rst}; release and configuration come from the kernel
 * inside, if it can be unpacked and contains them.
 *
 * @param format how the file is laid out
 * @param payload the compression of the kernel inside a bzImage, null for a vmlinux or when unknown
 * @param release like {@code 6.1.0-50-cloud-amd64}, null when it was not found
 * @param configuration the text of its {@code .config} (IKCONFIG), null when it has none
 * @param builtIn options by what is in the kernel itself or its folder of modules, with the value
 *     {@code y}, {@code m}, {@code n} or {@code m or n}; empty when it has its configuration, or
 *     could not be unpacked
 * @param startsUnderQemu whether QEMU's {@code -kernel} can start it: a bzImage, or an ELF file
 *     with a PVH entry; null when that could not be read
 * @param minMemoryMib MiB that the kernel needs before it can detect the memory's size, including
 *     the memory below its address; null when unknown
 * @param unknown what could not be determined, a sentence each
 */
public record KernelProbe(
    KernelFormat format,
    @Nullable String payload,
    @Nullable String release,
    @Nullable String configuration,
    Map<String, String> builtIn,
    @Nullable Boolean startsUnderQemu,
    @Nullable Integer minMemoryMib,
    List<String> unknown) {
  private static final int MAX_UNPACKED = 512 << 20;
  private static final long MAX_MEMORY = 1L << 40;
  private static final int MAX_RELEASE = 128;

  /** The maximum number of candidates for the version text; a kernel contains one or two. */
  private static final int MAX_BANNERS = 64;

  /** The maximum size of a configuration; a distribution's has 300 KB. */
  private static final int MAX_CONFIGURATION = 4 << 20;

  /** How the statement begins that its configuration is not known. */
  public static final String NO_CONFIGURATION = "unknown: the kernel's configuration";

  private static final String BANNER = "Linux version ";
  private static final String CONFIGURATION = "IKCFG_ST\u001f\u008b";

  public KernelProbe {
    builtIn = Map.copyOf(builtIn);
    unknown = List.copyOf(unknown);
  }

  /**
   * The same kernel, of which more options are known by its modules; what it says itself counts.
   */
  public KernelProbe withOptions(Map<String, String> others) {
    var all = new TreeMap<>(others);
    builtIn.forEach((option, value) -> {
      if (!value.equals(Manifest.NOT_BUILT_IN) || !all.containsKey(option)) {
        all.put(option, value);
      }
    });
    return new KernelProbe(
        format,
        payload,
        release,
        configuration,
        all,
        startsUnderQemu,
        minMemoryMib,
        all.containsKey("VIRTIO_BLK")
            ? unknown.stream().filter(text -> !text.startsWith(NO_CONFIGURATION)).toList()
            : unknown);
  }

  /** How a kernel's file is laid out. */
  public enum KernelFormat {
    /** A packed kernel with its own loader; QEMU starts it, Firecracker does not. */
    BZIMAGE("bzImage"),
    /** The kernel itself, an ELF file, the only format that Firecracker starts. */
    VMLINUX("vmlinux");

    private final String word;

    KernelFormat(String word) {
      this.word = word;
    }

    /** Its usual name. */
    public String word() {
      return word;
    }
  }

  /**
   * Probes a kernel; refuses any other file, and a kernel of another architecture than x86-64. A
   * bzImage is unpacked beside the file meanwhile.
   *
   * @param file a file in a writable folder
   */
  public static KernelProbe of(Path file) {
    return of(file, file);
  }

  /**
   * Probes a copy of a kernel.
   *
   * @param named the path that a refusal names
   */
  public static KernelProbe of(Path file, Path named) {
    return OperatorFile.read("kernel", file, named, channel -> probe(channel, file, named));
  }

  private static KernelProbe probe(FileChannel channel, Path file, Path named) throws IOException {
    RandomAccessBytes bytes = RandomAccessBytes.of(channel);
    Optional<Elf> elf = Elf.of(bytes);
    if (elf.isPresent()) {
      return vmlinux(bytes, elf.get(), named);
    }
    BzImage image = bzImageOf(bytes, named);
    if (!image.is64Bit()) {
      throw wrongMachine(named, "32-bit i386");
    }
    if (image.end() > bytes.size()) {
      throw cutOff(named, bytes.size(), image.end(), "its set-up header");
    }
    Path inside = DurableFiles.half(file);
    try {
      BzImage.Unpacked unpacked = image.unpack(channel, inside);
      if (!unpacked.isWhole()) {
        return bzImage(image, unpacked, new MemoryImage(null, null, Map.of()), new ArrayList<>());
      }
      try (FileChannel kernel = FileChannel.open(inside, StandardOpenOption.READ)) {
        var unknown = new ArrayList<String>();
        return bzImage(
            image, unpacked, inside(RandomAccessBytes.of(kernel), named, unknown), unknown);
      }
    } finally {
      Files.deleteIfExists(inside);
    }
  }

  private static MemoryImage inside(RandomAccessBytes kernel, Path named, List<String> unknown)
      throws IOException {
    Elf elf =
        Elf.of(kernel)
            .orElseThrow(() ->
                OperatorFile.invalid(
                    "kernel",
                    named,
                    "holds no ELF kernel in its payload",
                    "Give an undamaged bzImage."));
    if (!elf.isX8664()) {
      throw wrongMachine(named, elf.bits() + "-bit " + elf.architecture());
    }
    return MemoryImage.of(kernel, elf, unknown);
  }

  private static KernelProbe vmlinux(RandomAccessBytes bytes, Elf elf, Path named)
      throws IOException {
    if (!elf.isX8664()) {
      throw wrongMachine(named, elf.bits() + "-bit " + elf.architecture());
    }
    if (elf.type() != Elf.EXECUTABLE || elf.isProgram()) {
      throw OperatorFile.invalid(
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
    MemoryImage inside = MemoryImage.of(bytes, elf, unknown);
    return new KernelProbe(
        KernelFormat.VMLINUX,
        null,
        inside.release(),
        inside.configuration(),
        inside.builtIn(),
        elf.hasPvhEntry(bytes),
        mebibytes(elf.memoryEnd()),
        unknown);
  }

  private static KernelProbe bzImage(
      BzImage image, BzImage.Unpacked unpacked, MemoryImage inside, List<String> unknown) {
    if (!unpacked.isWhole()) {
      unknown.add(
          NO_CONFIGURATION + ": its payload " + unpacked.whyNot() + "; --kernel-config tells it");
    }
    String release = image.release() == null ? inside.release() : image.release();
    if (release == null && !unpacked.isWhole()) {
      unknown.add("unknown: the kernel's release: its set-up header names none");
    } else if (release != null) {
      unknown.removeIf(statement -> statement.startsWith(MemoryImage.NO_RELEASE));
    }
    return new KernelProbe(
        KernelFormat.BZIMAGE,
        unpacked.how(),
        release,
        inside.configuration(),
        inside.builtIn(),
        true,
        mebibytes(image.memoryEnd()),
        unknown);
  }

  /** Bytes in MiB, rounded up; null for zero, and for more than any machine's memory. */
  private static @Nullable Integer mebibytes(long bytes) {
    return bytes <= 0 || bytes > MAX_MEMORY ? null : (int) ((bytes + (1 << 20) - 1) >> 20);
  }

  private static BzImage bzImageOf(RandomAccessBytes bytes, Path named) throws IOException {
    Optional<BzImage> image = BzImage.of(bytes);
    if (image.isEmpty()) {
      throw noKernel(bytes, named);
    }
    return image.get();
  }

  private static Refused noKernel(RandomAccessBytes bytes, Path named) throws IOException {
    if (bytes.has(56, "ARMd")) {
      return wrongMachine(named, "64-bit aarch64");
    }
    return OperatorFile.invalid(
        "kernel",
        named,
        "begins with "
            + FileSignature.of(bytes)
            + " and is no kernel: a bzImage has \"HdrS\" at byte 514, an ELF vmlinux begins with 7f 45 4c 46",
        "Give a bzImage (like /boot/vmlinuz-…) or an uncompressed ELF vmlinux.");
  }

  private static Refused wrongMachine(Path named, String found) {
    return OperatorFile.invalid(
        "kernel",
        named,
        "is a " + found + " kernel, and guests here are x86-64",
        "Give a kernel for x86-64.");
  }

  private static Refused cutOff(Path named, long size, long promised, String by) {
    return OperatorFile.invalid(
        "kernel",
        named,
        "is cut off: it has " + size + " bytes, and by " + by + " it has " + promised,
        "Copy it again.");
  }

  /** What was found in the kernel's memory image. */
  private record MemoryImage(
      @Nullable String release, @Nullable String configuration, Map<String, String> builtIn) {
    public static final String NO_RELEASE = "unknown: the kernel's release";

    public static MemoryImage of(RandomAccessBytes bytes, Elf elf, List<String> unknown)
        throws IOException {
      String release = null;
      String configuration = null;
      for (Elf.Segment segment : elf.segments()) {
        if (segment.isLoaded() && segment.size() <= MAX_UNPACKED) {
          long end = segment.offset() + segment.size();
          release = release == null ? release(bytes, segment.offset(), end) : release;
          configuration =
              configuration == null ? configuration(bytes, segment.offset(), end) : configuration;
        }
      }
      if (release == null) {
        unknown.add(NO_RELEASE + ": it says nowhere \"Linux version\"");
      }
      if (configuration == null) {
        unknown.add(
            NO_CONFIGURATION + ": it was built without CONFIG_IKCONFIG; --kernel-config tells it");
      }
      return new MemoryImage(
          release,
          configuration,
          configuration == null
              ? BuiltInOptions.of(bytes, elf, Optional.ofNullable(release))
              : Map.of());
    }

    private static @Nullable String release(RandomAccessBytes bytes, long from, long end)
        throws IOException {
      long at = bytes.find(from, end, BANNER);
      for (int looks = 0; at >= 0 && looks < MAX_BANNERS; looks++) {
        long start = at + BANNER.length();
        String found =
            new String(
                    bytes.read(start, (int) Math.min(MAX_RELEASE, end - start)),
                    StandardCharsets.ISO_8859_1)
                .split("[ \0]", 2)[0];
        if (found.matches("[0-9]+\\.[0-9][!-~]*")) {
          return found;
        }
        at = bytes.find(at + 1, end, BANNER);
      }
      return null;
    }

    private static @Nullable String configuration(RandomAccessBytes bytes, long from, long end)
        throws IOException {
      long at = bytes.find(from, end, CONFIGURATION);
      if (at < 0) {
        return null;
      }
      long start = at + "IKCFG_ST".length();
      long close = bytes.find(start, end, "IKCFG_ED");
      var packed = new BufferedInputStream(bytes.stream(start, close < 0 ? end : close), 1 << 16);
      try (InputStream in = Compression.GZIP.open(packed)) {
        return new String(in.readNBytes(MAX_CONFIGURATION), StandardCharsets.UTF_8);
      } catch (IOException e) {
        return null;
      }
    }
  }
}
