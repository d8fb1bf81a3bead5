package dev.visco.cli;

import picocli.CommandLine.Parameters;

/** The parameter {@code VM} of a command. */
final class VmParameter {
  @Parameters(
      index = "0",
      paramLabel = "VM",
      description = "the VM's name, its id, or a unique beginning of its id, with or without vm-")
  private String name = "";

  /** The whole id; refused when it means no VM, or several. */
  String id(DaemonClient api) {
    return VmNames.whole(api, name);
  }
}
