package dev.visco.cli;

import java.util.List;

/** Finds VMs by what people call them. */
final class VmNames {
  /** How many are named in a sentence. */
  private static final int LISTED = 5;

  private VmNames() {}

  /**
   * The id of the VM that a text means: a whole id, a name, or a unique beginning of an id, with or
   * without {@code vm-}. Refused when it means none, or several.
   */
  static String whole(DaemonClient api, String text) {
    if (text.matches("vm-[0-9a-f]{8}")) {
      return text;
    }
    if (text.isEmpty()) {
      throw new ApiException(
          "There is no VM \"\". visco ps lists them.", CommandExitCode.NOT_FOUND);
    }
    return api.json("GET", "/api/vms/" + ApiPath.encoded(text), null).path("vmId").asString();
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
