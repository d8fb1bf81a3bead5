package dev.visco.cli;

import dev.visco.model.Refused;
import java.util.List;

/** Does one thing to each of several VMs, in order, and goes on after a failure. */
final class EachVm {
  private EachVm() {}

  /** What is done to one VM. */
  interface VmAction {
    /** Returns its exit code. */
    int to(DaemonClient api, String id);
  }

  /**
   * Does it to each. Failures are told on standard error, with the VM's name if there are several.
   *
   * @param names as they were typed
   * @return 0, or the exit code of the first failure
   */
  static int of(CommandContext context, List<String> names, boolean isJson, VmAction action) {
    DaemonClient api = context.api();
    int code = CommandExitCode.OK;
    for (String name : names) {
      int one =
          one(context, api, name, names.size() > 1 && !isJson ? name + ": " : "", isJson, action);
      code = code == CommandExitCode.OK ? one : code;
    }
    return code;
  }

  private static int one(
      CommandContext context,
      DaemonClient api,
      String name,
      String prefix,
      boolean isJson,
      VmAction action) {
    try {
      return action.to(api, VmNames.whole(api, name));
    } catch (ApiException e) {
      if (isJson) {
        context.tellFailure(e, true);
      } else {
        context.tellFailure(prefix + e.getMessage());
      }
      return e.exitCode();
    } catch (Refused e) {
      context.tellFailure(e, isJson);
      return CommandExitCode.REFUSED;
    }
  }
}
