package dev.visco.cli;

import picocli.CommandLine.Parameters;

/** The parameter {@code VM} of a command. */
final class VmParameter {
  @Parameters(
      index = "0",
      paramLabel = "VM",
      description = "the VM's id, or a unique beginning of it, with or without vm-")
  private String name = "";

  /** The whole id; refused when no VM or more than one has that prefix. */
  String id(DaemonClient api) {
    return VmNames.whole(api, name);
  }
}
