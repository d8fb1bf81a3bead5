package dev.visco.image;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A bzImage's set-up header (Linux, {@code Documentation/arch/x86/boot.rst}), as far as it matters
 * here.
 *
 * @param end the bytes that set-up code and kernel take; a shorter file was cut off
 * @param release from the header's kernel_version, null when it names none
 * @param memoryEnd where the memory ends, in bytes, that the kernel needs before it can look for
 *     more: pref_address and init_size; 0 before protocol 2.10
 * @param at where the packed kernel begins, and its length behind it; 0 before protocol 2.08
 */
record BzImage(
    long end, boolean is64Bit, @Nullable String release, long memoryEnd, long at, long length) {
  private static final int SECTOR = 512;
  private static final int MOST_UNPACKED = 512 << 20;
  private static final int LONGEST_RELEASE = 128;

  static Optional<BzImage> of(Bytes bytes) throws IOException {
    if (!bytes.has(0x202, "HdrS")) {
      return Optional.empty();
    }
    ByteBuffer head = bytes.little(0, 0x268);
    int sectors = head.get(0x1f1) == 0 ? 4 : head.get(0x1f1) & 0xff;
    int version = head.getShort(0x206) & 0xffff;
    long code = (sectors + 1L) * SECTOR;
    long end = code + (head.getInt(0x1f4) & 0xffffffffL) * 16;
    // xloadflags came with protocol 2.12; an older kernel tells by its payload.
    boolean is64Bit = version < 0x020c || (head.getShort(0x236) & 1) != 0;
    boolean hasPayload = version >= 0x0208;
    return Optional.of(
        new BzImage(
            end,
            is64Bit,
            release(bytes, head.getShort(0x20e) & 0xffff),
            version < 0x020a ? 0 : head.getLong(0x258) + (head.getInt(0x260) & 0xffffffffL),
            hasPayload ? code + (head.getInt(0x248) & 0xffffffffL) : 0,
            hasPayload ? head.getInt(0x24c) & 0xffffffffL : 0));
  }

  private static @Nullable String release(Bytes bytes, int pointer) throws IOException {
    if (pointer == 0) {
      return null;
    }
    String text =
        new String(bytes.read(pointer + 0x200L, LONGEST_RELEASE), StandardCharsets.ISO_8859_1);
    String first = text.split("[ \0]", 2)[0];
    return first.matches("[0-9]+\\.[0-9][!-~]*") ? first : null;
  }

  /**
   * @param how the kind of compression in a word
   * @param whyNot why there is no kernel, when there is none
   */
  record Unpacked(Optional<byte[]> kernel, @Nullable String how, String whyNot) {}

  /**
   * Why what it holds cannot be unpacked, by its first bytes: "is packed with …"; empty when it
   * can.
   */
  Optional<String> whyNot(Bytes bytes) throws IOException {
    byte[] head = bytes.read(at, (int) Math.clamp(length, 0, 16));
    if (head.length == 0) {
      return Optional.of("cannot be found (boot protocol before 2.08)");
    }
    Optional<Compression> how = Compression.of(head);
    if (how.isEmpty()) {
      return Elf.of(Bytes.of(head)).isPresent()
          ? Optional.empty()
          : Optional.of("is packed in a way that is not known here");
    }
    return how.get().isReadable()
        ? Optional.empty()
        : Optional.of("is packed with " + how.get() + ", which cannot be unpacked here");
  }

  /**
   * What it holds, unpacked as it is read.
   *
   * @param file at {@link #at}
   */
  InputStream open(InputStream file) throws IOException {
    var payload = new BufferedInputStream(new Bounded(file, length), 1 << 16);
    payload.mark(16);
    Optional<Compression> how = Compression.of(payload.readNBytes(16));
    payload.reset();
    return how.isPresent() ? how.get().openKernel(payload, length) : payload;
  }

  Unpacked unpack(Bytes bytes) throws IOException {
    byte[] payload = bytes.read(at, (int) Math.clamp(length, 0, MOST_UNPACKED));
    if (payload.length == 0) {
      return new Unpacked(Optional.empty(), null, "cannot be found (boot protocol before 2.08)");
    }
    Optional<Compression> compression = Compression.of(payload);
    if (compression.isEmpty()) {
      boolean isPlain = Elf.of(Bytes.of(payload)).isPresent();
      return isPlain
          ? new Unpacked(Optional.of(payload), "none", "")
          : new Unpacked(Optional.empty(), null, "is packed in a way that is not known here");
    }
    Compression how = compression.get();
    if (!how.isReadable()) {
      return new Unpacked(
          Optional.empty(),
          how.toString(),
          "is packed with " + how + ", which cannot be unpacked here");
    }
    try (InputStream in = how.openKernel(new ByteArrayInputStream(payload), payload.length)) {
      return new Unpacked(Optional.of(in.readNBytes(MOST_UNPACKED)), how.toString(), "");
    } catch (IOException e) {
      return new Unpacked(
          Optional.empty(),
          how.toString(),
          "cannot be unpacked (" + how + ": " + e.getMessage() + ")");
    }
  }
}
