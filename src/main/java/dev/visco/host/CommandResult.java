package dev.visco.host;

/** How a command ended. Output and error are UTF-8, malformed bytes replaced. */
public record CommandResult(int exitCode, String output, String error) {
  public boolean succeeded() {
    return exitCode == 0;
  }
}
