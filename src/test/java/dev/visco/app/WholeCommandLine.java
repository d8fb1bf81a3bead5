package dev.visco.app;

import picocli.CommandLine;

/** Every command of the program, for tests that compare it with documents. */
public final class WholeCommandLine {
  private WholeCommandLine() {}

  /** A new one; a command line is parsed once. */
  public static CommandLine of() {
    return Main.commandLine(Program.here());
  }

  /** The reference of all commands. */
  public static String reference() {
    return CommandReference.of(of());
  }
}
