package dev.visco.cli;

import dev.visco.commands.DiagnosisDocument;
import dev.visco.diagnose.Diagnoses;
import dev.visco.diagnose.Experiment;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco diagnose}. */
@Command(
    name = "diagnose",
    mixinStandardHelpOptions = true,
    description = "Explains why a VM does not work, shows the evidence, and says what to do.",
    footer = {
      "",
      "Examples: visco diagnose vm-12",
      "          visco diagnose vm-12 --experiment",
      "          visco diagnose --bundle visco-vm-12345678.tar.gz",
      "          visco diagnose --line 'virtio-mmio: probe of … failed with error -16'"
    })
final class DiagnoseCommand implements Callable<Integer> {
  private final CommandContext context;

  @Parameters(
      paramLabel = "VM",
      arity = "0..1",
      description = "the VM's name, its id, or a unique beginning of its id")
  private @Nullable String name;

  @Option(
      names = "--line",
      paramLabel = "LINE",
      description = "explains one line of a console; needs no daemon")
  private @Nullable String line;

  @Option(
      names = "--experiment",
      description =
          "boots throw-away copies of the VM, each with one change, to find the cause; exit code 0"
              + " if that settles it, 1 if not")
  private boolean isExperiment;

  @Option(
      names = "--within",
      paramLabel = "TIME",
      description = "time limit for --experiment (2m, at most 1h)")
  private @Nullable String within;

  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      description = "explains an archive that visco bundle wrote; needs no daemon")
  private @Nullable Path bundle;

  @Mixin private final JsonOption json = new JsonOption();

  DiagnoseCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (line != null) {
      return explainLine(line);
    }
    if (bundle != null) {
      return tell(DiagnosisDocument.of(BundleFile.read(bundle).diagnosis()));
    }
    if (name == null) {
      throw Refused.invalid("VM", "", "is missing", "Name a VM, or give --bundle or --line.");
    }
    DaemonClient api = context.api();
    String id = VmNames.whole(api, name);
    return isExperiment
        ? experiment(api, id)
        : tell(
            Json.mapper()
                .treeToValue(
                    api.json("GET", "/api/vms/" + id + "/diagnosis", null),
                    DiagnosisDocument.class));
  }

  private int explainLine(String asked) {
    Diagnoses.LineMeaning meaning = Diagnoses.meaning(asked);
    if (json.isSet()) {
      context.out().println(Json.line(meaning));
    } else {
      context.out().println(meaning.text());
    }
    return CommandExitCode.OK;
  }

  private int tell(DiagnosisDocument diagnosis) {
    context.out().print(json.isSet() ? Json.line(diagnosis) + "\n" : DiagnosisText.of(diagnosis));
    return diagnosis.isHealthy() ? CommandExitCode.OK : CommandExitCode.FAILED;
  }

  private int experiment(DaemonClient api, String id) {
    String path =
        "/api/vms/"
            + id
            + "/experiments"
            + (within == null ? "" : "?within=" + ApiPath.encoded(within));
    Experiment experiment;
    try (var progress = ProgressPrinter.onError()) {
      experiment =
          Json.mapper()
              .treeToValue(
                  LongRequest.post(api, path, null, "experiment", "", progress), Experiment.class);
    }
    context.out().print(json.isSet() ? Json.line(experiment) + "\n" : DiagnosisText.of(experiment));
    return experiment.isSettled() ? CommandExitCode.OK : CommandExitCode.FAILED;
  }
}
