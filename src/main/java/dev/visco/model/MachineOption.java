package dev.visco.model;

/**
 * One of the things that a VM type may set of its machine and that its VMM has to give, as {@link
 * MachineOptions} holds them.
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

  /** What it is, for people. */
  public String text() {
    return text;
  }
}
