package dev.visco.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.commands.DiagnosisDocument;
import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.diagnostics.EarlierBoot;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.verify.BootReport;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/vms/ID/boots}: what is kept of a VM's earlier boots. */
public final class BootRoutes {
  private final DiagnosisService diagnoses;

  public BootRoutes(DiagnosisService diagnoses) {
    this.diagnoses = diagnoses;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/vms/{id}/boots", this::list)
            .named("listBoots", "Lists a VM's earlier boots that are kept, the latest first.")
            .listing(BootLine.class, "earlier boots"),
        Route.user("GET", "/api/vms/{id}/boots/{boot}", this::get)
            .named("getBoot", "Shows an earlier boot with its evidence.")
            .answering(200, BootDocument.class, "the boot"),
        Route.user("GET", "/api/vms/{id}/boots/{boot}/console", this::console)
            .named("readBootConsole", "Shows what the console said in an earlier boot.")
            .asking(ConsoleView.PARAMETERS.toArray(QueryParameter[]::new))
            .answeringBytes("text/plain; charset=utf-8", "the console")
            .audited());
  }

  /**
   * An earlier boot in a list.
   *
   * @param met whether every criterion was met; left out when it was never verified
   * @param cause why it failed; left out unless it did
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record BootLine(int boot, Instant ended, @Nullable Boolean met, @Nullable String cause) {
    static BootLine of(EarlierBoot one) {
      BootReport report = one.report();
      Diagnosis diagnosis = one.diagnosis();
      return new BootLine(
          one.boot(),
          one.ended(),
          report == null ? null : report.met(),
          diagnosis == null ? null : diagnosis.cause());
    }
  }

  /** An earlier boot with its evidence; the console is a route of its own. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record BootDocument(
      int boot,
      Instant ended,
      @Nullable BootReport report,
      @Nullable DiagnosisDocument diagnosis) {}

  private void list(Exchange exchange) {
    exchange.items(diagnoses.boots(exchange.vm()).stream().map(BootLine::of).toList());
  }

  private void get(Exchange exchange) {
    EarlierBoot found = find(exchange);
    Diagnosis diagnosis = found.diagnosis();
    exchange.json(
        200,
        new BootDocument(
            found.boot(),
            found.ended(),
            found.report(),
            diagnosis == null ? null : DiagnosisDocument.of(diagnosis)));
  }

  private void console(Exchange exchange) throws IOException {
    EarlierBoot found = find(exchange);
    ConsoleView view = ConsoleView.of(exchange);
    exchange.stream(
        "text/plain; charset=utf-8",
        out -> {
          try (var console = view.open(found.console())) {
            console.copyTo(view.to(out, found.console()));
          }
        });
  }

  private EarlierBoot find(Exchange exchange) {
    String asked = exchange.path("boot");
    return diagnoses.boots(exchange.vm()).stream()
        .filter(one -> Integer.toString(one.boot()).equals(asked))
        .findFirst()
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "earlier boot",
                    asked,
                    "Only the last few are kept: GET /api/vms/" + exchange.vm() + "/boots.")));
  }
}
