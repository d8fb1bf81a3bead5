package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/** The size of the terminal that a file descriptor of this process is; ioctl_tty(2). */
public final class TerminalSize {
  private static final long TIOCGWINSZ = 0x5413;
  private static final int WINSIZE_BYTES = 8;
  private static final int WINSIZE_COLUMNS = 2;

  private TerminalSize() {}

  /** Its columns; empty when it is no terminal, or one that does not know its size. */
  public static OptionalInt columns(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(WINSIZE_BYTES);
      CLibrary.control(arena, descriptor, TIOCGWINSZ, size);
      int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, WINSIZE_COLUMNS));
      return columns == 0 ? OptionalInt.empty() : OptionalInt.of(columns);
    } catch (CLibrary.Failure e) {
      return OptionalInt.empty();
    }
  }
}
