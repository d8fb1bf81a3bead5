package dev.visco.cli;

import picocli.CommandLine.Option;

/** The option {@code --json} of commands whose result is one document. */
public final class JsonOption {
  @Option(names = "--json", description = "prints the result as one line of JSON")
  private boolean isSet;

  public boolean isSet() {
    return isSet;
  }
}
