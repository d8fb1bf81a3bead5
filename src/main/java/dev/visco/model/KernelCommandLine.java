package dev.visco.model;

import java.util.List;

/** The rules for a Linux kernel's command line, the same for every VMM. */
public final class KernelCommandLine {
  /** Linux's COMMAND_LINE_SIZE on x86 (arch/x86/include/asm/setup.h), without its final NUL. */
  public static final int MAX_BYTES = 2047;

  private static final int SHOWN = 40;

  private KernelCommandLine() {}

  /** The words as one line; refuses two roots, since a kernel would take the last one. */
  public static String of(List<String> words) {
    List<String> roots = words.stream().filter(word -> word.startsWith("root=")).toList();
    if (roots.size() > 1) {
      throw Refused.invalid(
          "bootArgs",
          roots.getLast(),
          "is a second root; the image already says " + roots.getFirst(),
          "Leave it out.");
    }
    return String.join(" ", words);
  }

  /**
   * Refuses a line that is longer than a kernel reads.
   *
   * @param given the part of it that {@link #of} made; the refusal shows the end of this
   */
  public static String requireReadable(String line, String given) {
    if (line.length() > MAX_BYTES) {
      throw Refused.invalid(
          "bootArgs",
          given.substring(Math.max(0, given.length() - SHOWN)),
          "ends a kernel command line of %d bytes; a kernel reads %d"
              .formatted(line.length(), MAX_BYTES),
          "Give fewer or shorter boot arguments.");
    }
    return line;
  }
}
