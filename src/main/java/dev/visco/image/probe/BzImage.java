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
 * The relevant part of a bzImage's set-up header (Linux, {@code Documentation/arch/x86/boot.rst}).
 *
 * @param end the size of set-up code and kernel in bytes; a shorter file is truncated
 * @param release from the header's kernel_version, null when it has none
 * @param memoryEnd the end, in bytes, of the memory that the kernel needs before it can detect
 *     more: pref_address and init_size; 0 before protocol 2.10
 * @param at the offset of the packed kernel; 0 before protocol 2.08
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
    // xloadflags exists since protocol 2.12; an older kernel is recognized by its payload.
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
   * @param isWhole whether a kernel was unpacked
   * @param how the kind of compression
   * @param whyNot why no kernel could be unpacked
   */
  record Unpacked(boolean isWhole, @Nullable String how, String whyNot) {}

  /**
   * Why its payload cannot be unpacked, judged by its first bytes: "is packed with …"; empty when
   * it can.
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
   * A stream that unpacks its payload.
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
   * Unpacks its payload into a new file without holding all of it in memory. Stops at the maximum
   * size of a kernel.
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
      throw e; // A fault of the disk, not of the kernel.
    } catch (IOException e) {
      return new Unpacked(false, how, "cannot be unpacked (" + how + ": " + e.getMessage() + ")");
    }
  }
}
