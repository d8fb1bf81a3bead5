package dev.visco.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The parameter {@code VM…} of commands that take several. */
final class VmParameters {
  @Parameters(
      paramLabel = "VM",
      arity = "1..*",
      description =
          "names, ids, or unique beginnings of ids, with or without vm-; if one fails, the others"
              + " are done")
  private List<String> names = new ArrayList<>();

  /** As they were typed. */
  List<String> names() {
    return names;
  }
}
