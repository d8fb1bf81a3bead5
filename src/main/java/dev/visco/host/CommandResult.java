package dev.visco.host;

/**
 * How a command ended. Output and error are UTF-8, malformed bytes replaced; of each the first
 * {@value #MAX_OUTPUT} bytes are kept, and a last line {@code [cut off here: N more bytes]} says so
 * when there was more.
 */
public record CommandResult(int exitCode, String output, String error) {
  /** How many bytes of each stream are kept. */
  public static final int MAX_OUTPUT = 8 << 20;

  public boolean succeeded() {
    return exitCode == 0;
  }
}
