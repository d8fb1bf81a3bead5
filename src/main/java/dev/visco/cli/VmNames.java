package dev.visco.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Finds VMs by a prefix of their id. */
final class VmNames {
  private VmNames() {}

  /** The id of the only VM with that prefix; refused if there is none or more than one. */
  static String whole(DaemonClient api, String name) {
    if (name.matches("vm-[0-9a-f]{8}")) {
      return name;
    }
    List<String> found = new ArrayList<>();
    for (JsonNode vm : api.list("/api/vms")) {
      if (vm.path("vmId").asString().startsWith(name)) {
        found.add(vm.path("vmId").asString());
      }
    }
    if (found.size() == 1) {
      return found.getFirst();
    }
    throw new ApiException(
        found.isEmpty()
            ? "There is no VM \"" + name + "\". visco ps lists them."
            : "\"" + name + "\" may be any of " + String.join(", ", found) + ". Give more of it.",
        found.isEmpty() ? CommandExitCode.NOT_FOUND : CommandExitCode.REFUSED);
  }
}
