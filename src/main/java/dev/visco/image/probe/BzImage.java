package dev.visco.image.probe;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
public record BzImage(
    long end, boolean is64Bit, @Nullable String release, long memoryEnd, long at, long length) {
  private static final int SECTOR = 512;
  private static final int MAX_UNPACKED = 512 << 20;
  private static final int MAX_RELEASE = 128;

  public static Optional<BzImage> of(RandomAccessBytes bytes) throws IOException {
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

  private static @Nullable String release(RandomAccessBytes bytes, int pointer) throws IOException {
    if (pointer == 0) {
      return null;
    }
    String text =
        new String(bytes.read(pointer + 0x200L, MAX_RELEASE), StandardCharsets.ISO_8859_1);
    String first = text.split("[ \0]", 2)[0];
    return first.matches("[0-9]+\\.[0-9][!-~]*") ? first : null;
  }

  /**
   * @param isWhole whether there is a kernel
   * @param how the kind of compression in a word
   * @param whyNot why there is no kernel, when there is none
   */
  record Unpacked(boolean isWhole, @Nullable String how, String whyNot) {}

  /**
   * Why what it holds cannot be unpacked, by its first bytes: "is packed with …"; empty when it
   * can.
   */
  public Optional<String> whyNot(RandomAccessBytes bytes) throws IOException {
    byte[] head = bytes.read(at, (int) Math.clamp(length, 0, 16));
    if (head.length == 0) {
      return Optional.of("cannot be found (boot protocol before 2.08)");
    }
    Optional<Compression> how = Compression.of(head);
    if (how.isEmpty()) {
      return Elf.of(RandomAccessBytes.of(head)).isPresent()
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
  public InputStream open(InputStream file) throws IOException {
    var payload = new BufferedInputStream(new BoundedInput(file, length), 1 << 16);
    payload.mark(16);
    Optional<Compression> how = Compression.of(payload.readNBytes(16));
    payload.reset();
    return how.isPresent() ? how.get().openKernel(payload, length) : payload;
  }

  /**
   * Unpacks what it holds into a file, which must not be there; a kernel is never held whole. What
   * is more than any kernel is cut off.
   *
   * @param file this bzImage
   */
  Unpacked unpack(FileChannel file, Path to) throws IOException {
    byte[] head = RandomAccessBytes.of(file).read(at, (int) Math.clamp(length, 0, 16));
    String how = Compression.of(head).map(Compression::toString).orElse(null);
    Optional<String> whyNot = whyNot(RandomAccessBytes.of(file));
    if (whyNot.isPresent()) {
      return new Unpacked(false, how, whyNot.get());
    }
    try (var out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        InputStream in = open(Channels.newInputStream(file.position(at)))) {
      byte[] block = new byte[1 << 16];
      for (int count = in.read(block);
          count > 0 && out.position() < MAX_UNPACKED;
          count = in.read(block)) {
        for (var rest = ByteBuffer.wrap(block, 0, count); rest.hasRemaining(); ) {
          out.write(rest);
        }
      }
      return new Unpacked(true, how == null ? "none" : how, "");
    } catch (FileSystemException e) {
      throw e; // The disk's trouble, and no fault of the kernel.
    } catch (IOException e) {
      return new Unpacked(false, how, "cannot be unpacked (" + how + ": " + e.getMessage() + ")");
    }
  }
}
