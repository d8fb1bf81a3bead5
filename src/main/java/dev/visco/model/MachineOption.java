package dev.visco.model;

/**
 * An option of a machine that a VM type may set and not every VMM supports; {@link MachineOptions}
 * holds the values.
 */
public enum MachineOption {
  DISK_RATE("a rate limit of disks"),
  CONSOLE_RATE("a rate limit of the console"),
  BALLOON("a balloon"),
  METADATA("the metadata service"),
  VSOCK("vsock");

  private final String text;

  MachineOption(String text) {
    this.text = text;
  }

  /** The words for it in messages. */
  public String text() {
    return text;
  }
}
