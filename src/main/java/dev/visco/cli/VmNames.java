package dev.visco.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Finds VMs by their name, or by a beginning of their id with or without {@code vm-}. */
final class VmNames {
  /** How many are named in a sentence. */
  private static final int LISTED = 5;

  private VmNames() {}

  /**
   * The id of the VM with that name, or else of the only one whose id begins so; refused if there
   * is none or more than one.
   */
  static String whole(DaemonClient api, String name) {
    if (name.matches("vm-[0-9a-f]{8}")) {
      return name;
    }
    List<String> found = new ArrayList<>();
    for (JsonNode vm : api.list("/api/vms")) {
      String id = vm.path("vmId").asString();
      if (vm.path("name").asString("").equals(name) && !name.isEmpty()) {
        return id;
      } else if (id.startsWith(name) || id.startsWith("vm-" + name)) {
        found.add(id);
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

  /** Some ids in a sentence: at most five, and how many more. */
  static String listed(List<String> ids) {
    String first = String.join(", ", ids.subList(0, Math.min(LISTED, ids.size())));
    return (ids.size() == 1 ? "the VM " : ids.size() + " VMs (")
        + first
        + (ids.size() > LISTED ? ", …" : "")
        + (ids.size() == 1 ? "" : ")");
  }
}
