package dev.visco.image.probe;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A kernel module as its file's {@code .modinfo} describes it (Linux, {@code
 * include/linux/moduleinfo.h}): {@code key=value} texts that end in NUL.
 *
 * @param plain the ELF file itself, unpacked
 */
public record ModuleFile(byte[] plain) {
  /**
   * More of a packed one is left out: the largest have some MiB, and a few bytes can be zeros
   * without end.
   */
  private static final int MAX_BYTES = 64 << 20;

  private static final Pattern NAME = Pattern.compile("(?:.*/)?([^/]+)\\.ko(?:\\.(?:xz|gz|zst))?");

  /**
   * The module's name as the kernel writes it, with underscores; empty when the path is not a
   * module's.
   */
  public static Optional<String> name(String path) {
    var matcher = NAME.matcher(path);
    return matcher.matches() ? Optional.of(matcher.group(1).replace('-', '_')) : Optional.empty();
  }

  /** A module, unpacked if needed; empty when its compression is not supported. */
  public static Optional<ModuleFile> of(byte[] file) throws IOException {
    Optional<Compression> packed = Compression.of(file);
    if (packed.isEmpty()) {
      return Optional.of(new ModuleFile(file));
    }
    if (!packed.get().isReadable()) {
      return Optional.empty();
    }
    try (InputStream in = packed.get().open(new ByteArrayInputStream(file))) {
      return Optional.of(new ModuleFile(in.readNBytes(MAX_BYTES)));
    }
  }

  /** Modules that must be loaded before it. */
  public List<String> needs() {
    return value("depends")
        .filter(list -> !list.isEmpty())
        .map(list -> List.of(list.replace('-', '_').split(",", -1)))
        .orElse(List.of());
  }

  /** The kernel release that it was made for. */
  Optional<String> release() {
    return value("vermagic").map(magic -> magic.split(" ", 2)[0]);
  }

  private Optional<String> value(String key) {
    String text = new String(plain, StandardCharsets.ISO_8859_1);
    int start = text.indexOf("\0" + key + "=");
    if (start < 0) {
      return Optional.empty();
    }
    int from = start + key.length() + 2;
    int end = text.indexOf('\0', from);
    return Optional.of(text.substring(from, end < 0 ? text.length() : end));
  }
}
