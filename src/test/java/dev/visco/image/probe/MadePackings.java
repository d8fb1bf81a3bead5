package dev.visco.image.probe;

import java.io.IOException;
import java.util.Locale;

/** Files as distributions pack them, by the compression's name: gzip, xz or zstd. */
public final class MadePackings {
  private MadePackings() {}

  private static Compression named(String packing) {
    return Compression.valueOf(packing.toUpperCase(Locale.ROOT));
  }

  public static byte[] packed(String packing, byte[] plain) throws IOException {
    return MadeFiles.packed(named(packing), plain);
  }

  /** The ending of a module's name that is packed so. */
  public static String ending(String packing) {
    return switch (packing) {
      case "gzip" -> ".gz";
      case "zstd" -> ".zst";
      default -> "." + packing;
    };
  }

  /** A module for {@link MadeFiles#RELEASE}. */
  public static byte[] module() {
    return MadeFiles.module(MadeFiles.X86_64, MadeFiles.RELEASE);
  }

  /** A bzImage with a kernel that is packed so. */
  public static byte[] kernel(String packing) throws IOException {
    byte[] inside = MadeFiles.vmlinux("");
    byte[] payload = packed(packing, inside);
    // What the kernel's build appends to all but gzip, which has it already.
    byte[] whole =
        packing.equals("gzip")
            ? payload
            : MadeFiles.joined(payload, MadeFiles.number(inside.length));
    return MadeFiles.bzImage(whole, "", true);
  }
}
