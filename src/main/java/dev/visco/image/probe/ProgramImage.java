package dev.visco.image.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A program's file as execve(2) and ld.so(8) see it.
 *
 * @param isReadable whether it could be read; nothing else is known otherwise
 * @param script what follows the {@code #!} of its first line; null where there is none
 * @param elf null where it is none
 * @param interpreter the loader that an ELF program names, null for none
 * @param libraries the libraries that it needs, as it names them
 * @param folders where it says that they are ({@code DT_RUNPATH})
 */
record ProgramImage(
    boolean isReadable,
    @Nullable String script,
    @Nullable Elf elf,
    @Nullable String interpreter,
    List<String> libraries,
    List<String> folders) {
  /** The kernel reads as much of the first line (Linux, BINPRM_BUF_SIZE). */
  static final int MAX_LINE = 256;

  static final ProgramImage UNREADABLE =
      new ProgramImage(false, null, null, null, List.of(), List.of());

  private static final int INTERPRETER = 3;
  private static final int MAX_PATH = 4096;

  static ProgramImage of(RandomAccessBytes bytes) throws IOException {
    if (bytes.has(0, "#!")) {
      String line = new String(bytes.read(2, MAX_LINE - 2), StandardCharsets.ISO_8859_1);
      String first = line.split("[\n\0]", 2)[0];
      return new ProgramImage(true, first, null, null, List.of(), List.of());
    }
    Optional<Elf> elf = Elf.of(bytes);
    if (elf.isEmpty() || !elf.get().isX8664()) {
      return new ProgramImage(true, null, elf.orElse(null), null, List.of(), List.of());
    }
    NeededLibraries needed = NeededLibraries.of(bytes, elf.get());
    return new ProgramImage(
        true, null, elf.get(), loader(bytes, elf.get()), needed.names(), needed.folders());
  }

  private static @Nullable String loader(RandomAccessBytes bytes, Elf elf) throws IOException {
    for (Elf.Segment segment : elf.segments()) {
      if (segment.type() == INTERPRETER && segment.size() > 1 && segment.size() < MAX_PATH) {
        byte[] text = bytes.read(segment.offset(), (int) segment.size());
        return new String(text, StandardCharsets.ISO_8859_1).split("\0", 2)[0];
      }
    }
    return null;
  }

  /** Whether it is 32-bit x86, which most kernels for x86-64 run too. */
  boolean isI386() {
    return elf != null && elf.bits() == 32 && elf.architecture().equals("i386");
  }
}
