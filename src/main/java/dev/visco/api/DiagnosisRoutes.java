package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.ProgressLines;
import dev.visco.api.http.Route;
import dev.visco.commands.DiagnosisDocument;
import dev.visco.diagnose.Experiment;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.model.VmId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Why a VM does not work: {@code /api/vms/{id}/diagnosis}, {@code experiments}, {@code bundle}. */
public final class DiagnosisRoutes {
  private static final Duration USUAL = Duration.ofMinutes(2);
  private static final Duration MAX = Duration.ofHours(1);
  private final DiagnosisService diagnoses;

  public DiagnosisRoutes(DiagnosisService diagnoses) {
    this.diagnoses = diagnoses;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/vms/{id}/diagnosis", this::diagnosis)
            .named("diagnoseVm", "Finds out why a VM does not work.")
            .answering(200, DiagnosisDocument.class, "the diagnosis"),
        Route.user("GET", "/api/vms/{id}/bundle", this::bundle)
            .named("getBundle", "Gives all evidence of a VM as one archive, without secrets.")
            .answeringBytes("application/gzip", "the archive (tar)")
            .audited(),
        Route.user("POST", "/api/vms/{id}/experiments", this::experiments)
            .named("runExperiments", "Boots copies of a failed VM, each with one thing changed.")
            .asking(QueryParameter.duration("within", "30s to 1h; 2m when it is left out"))
            .answeringProgress("experiment", Experiment.class));
  }

  private void diagnosis(Exchange exchange) throws IOException {
    VmId id = exchange.vm();
    boolean isBooting = diagnoses.isBooting(id);
    exchange.json(200, DiagnosisDocument.of(diagnoses.diagnose(id), isBooting));
  }

  private void bundle(Exchange exchange) throws IOException {
    VmId id = exchange.vm();
    diagnoses.diagnose(id); // Refusals must come before the answer begins.
    exchange.withHeader("Content-Disposition", "attachment; filename=\"visco-" + id + ".tar.gz\"");
    exchange.stream("application/gzip", out -> diagnoses.bundle(id, out));
  }

  private void experiments(Exchange exchange) throws IOException {
    VmId id = exchange.vm();
    Duration limit = exchange.duration("within", USUAL, MAX);
    ProgressLines.stream(
        exchange, "experiment", progress -> diagnoses.experiment(id, limit, progress));
  }
}
