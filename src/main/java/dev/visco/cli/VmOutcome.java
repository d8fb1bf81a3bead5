package dev.visco.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Tells the outcome of a create or restore: the VM is ready, or what failed and what to do next.
 */
public final class VmOutcome {
  private VmOutcome() {}

  /**
   * Prints the criteria to {@code table} if asked for or if the VM is not ready, and the failure to
   * {@code err}.
   *
   * @param wantsReport whether the criteria are printed though they are met
   * @param console where its console can be read, for people
   * @return the exit code
   */
  public static int tell(
      DaemonClient api,
      JsonNode vm,
      boolean wantsReport,
      String console,
      PrintStream table,
      PrintStream err) {
    String id = vm.path("vmId").asString();
    boolean printsReport = wantsReport || !isReady(vm);
    Optional<JsonNode> report =
        printsReport || vm.has("volumes") ? report(api, id) : Optional.empty();
    report.filter(_ -> printsReport).ifPresent(written -> table.print(Tables.report(written)));
    report.ifPresent(written -> tellVolumes(written, err));
    if (isReady(vm)) {
      return CommandExitCode.OK;
    }
    err.println(
        "visco: " + id + " is " + vm.path("state").asString() + ": " + Tables.text(vm, "failure"));
    err.println("  not met:  " + report.flatMap(VmOutcome::firstNotMet).orElse(beforeCriteria(vm)));
    err.println("  console:  " + console);
    err.println("  next:     visco diagnose " + id + ", then visco rm " + id);
    return CommandExitCode.FAILED;
  }

  /** A VM is ready without the volumes that its guest could not mount; so that is said. */
  private static void tellVolumes(JsonNode report, PrintStream err) {
    for (JsonNode volume : report.path("volumes")) {
      if (!volume.path("mounted").asBoolean()) {
        err.println(
            "visco: the volume %s is not mounted at %s: %s"
                .formatted(
                    volume.path("name").asString(),
                    volume.path("path").asString(),
                    volume.path("evidence").asString()));
      }
    }
  }

  static boolean isReady(JsonNode vm) {
    return vm.path("state").asString().equals("ready");
  }

  /** The line about a ready VM for a terminal. */
  static String readyLine(JsonNode vm, Duration took) {
    String id = vm.path("vmId").asString();
    return "%s is ready after %.1f s at %s. Get in: visco shell %s"
        .formatted(id, took.toMillis() / 1000.0, Tables.text(vm, "address"), id);
  }

  /** Empty for a VM that failed before its verification. */
  private static Optional<JsonNode> report(DaemonClient api, String id) {
    try {
      return Optional.of(api.json("GET", "/api/vms/" + id + "/report", null));
    } catch (ApiException e) {
      if (e.exitCode() == CommandExitCode.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Optional<String> firstNotMet(JsonNode report) {
    for (JsonNode line : report.path("criteria")) {
      String verdict = line.path("verdict").asString();
      if (verdict.equals("not-met") || verdict.equals("not-reached")) {
        return Optional.of(
            "criterion %s (%s): %s"
                .formatted(
                    line.path("number").asString(),
                    line.path("criterion").asString(),
                    line.path("evidence").asString()));
      }
    }
    return Optional.empty();
  }

  private static String beforeCriteria(JsonNode vm) {
    return "no criterion was looked at; the step was " + Tables.text(vm, "step");
  }
}
