package dev.visco.cli;

/** Exit codes of the command line. */
public final class CommandExitCode {
  public static final int OK = 0;

  /** A VM or other work failed. */
  public static final int FAILED = 1;

  /** The command line is wrong. */
  public static final int USAGE = 2;

  /** The request was refused. */
  public static final int REFUSED = 3;

  /** There is no such VM, image, release or snapshot. */
  public static final int NOT_FOUND = 4;

  /** The daemon does not answer. */
  public static final int UNREACHABLE = 5;

  /** Nothing was run in a guest, for any reason that is not the guest's; docker's. */
  public static final int NOT_RUN = 125;

  /** The same of {@code visco ssh}, as of ssh. */
  public static final int SSH_FAILED = 255;

  private CommandExitCode() {}
}
