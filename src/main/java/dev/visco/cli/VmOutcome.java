package dev.visco.cli;

import java.io.PrintStream;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** How a VM came out of its create: its verification, and what to look at when it failed. */
public final class VmOutcome {
  private VmOutcome() {}

  /**
   * Prints the verification to {@code table} and, unless the VM is ready, what went wrong to {@code
   * err}.
   *
   * @param console where its console can be read, for people
   * @return the exit code
   */
  public static int tell(
      ApiClient api, JsonNode vm, String console, PrintStream table, PrintStream err) {
    String id = vm.path("vmId").asString();
    Optional<JsonNode> report = report(api, id);
    report.ifPresent(written -> table.print(Tables.report(written)));
    if (vm.path("state").asString().equals("ready")) {
      return ExitCode.OK;
    }
    err.println(
        "visco: " + id + " is " + vm.path("state").asString() + ": " + Tables.text(vm, "failure"));
    err.println("  not met:  " + report.flatMap(VmOutcome::firstNotMet).orElse(beforeCriteria(vm)));
    err.println("  console:  " + console);
    err.println("  next:     visco diagnose " + id + ", then visco rm " + id);
    return ExitCode.FAILED;
  }

  /** Empty for a VM that failed before anything could be verified. */
  private static Optional<JsonNode> report(ApiClient api, String id) {
    try {
      return Optional.of(api.json("GET", "/api/vms/" + id + "/report", null));
    } catch (ApiException e) {
      if (e.exitCode() == ExitCode.NOT_FOUND) {
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
