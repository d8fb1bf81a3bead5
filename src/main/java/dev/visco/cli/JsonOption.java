package dev.visco.cli;

import picocli.CommandLine.Option;

/** {@code --json} of the commands whose result is one document. */
public final class JsonOption {
  @Option(names = "--json", description = "print the result as JSON, in one line")
  private boolean isSet;

  public boolean isSet() {
    return isSet;
  }
}
