package dev.visco.cli;

/** What an exit code says to a script. */
public final class CommandExitCode {
  public static final int OK = 0;

  /** A VM failed. */
  public static final int FAILED = 1;

  /** The command line is wrong. */
  public static final int USAGE = 2;

  /** What was asked for cannot be. */
  public static final int REFUSED = 3;

  /** There is no such VM or image. */
  public static final int NOT_FOUND = 4;

  /** The daemon does not answer. */
  public static final int UNREACHABLE = 5;

  private CommandExitCode() {}
}
