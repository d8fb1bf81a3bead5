package dev.visco.cli;

import picocli.CommandLine.Parameters;

/** The VM that a command is about: its first word. */
final class VmParameter {
  @Parameters(
      index = "0",
      paramLabel = "VM",
      description = "the VM's id, or as much of its beginning as no other VM's id has")
  private String name = "";

  /** The VM's whole id; refused when none or several begin so. */
  String id(DaemonClient api) {
    return VmNames.whole(api, name);
  }
}
