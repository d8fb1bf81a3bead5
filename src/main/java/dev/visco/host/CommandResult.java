package dev.visco.host;

/**
 * The result of a command. Output and error are UTF-8, malformed bytes replaced. The first {@value
 * #MAX_OUTPUT} bytes of each are kept; where there were more, the last line is {@code [cut off
 * here: N more bytes]}.
 */
public record CommandResult(int exitCode, String output, String error) {
  /** The number of bytes that are kept of each stream. */
  public static final int MAX_OUTPUT = 8 << 20;

  public boolean succeeded() {
    return exitCode == 0;
  }
}
