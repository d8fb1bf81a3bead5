package dev.visco.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code visco bundle}. */
@Command(
    name = "bundle",
    mixinStandardHelpOptions = true,
    description =
        "Writes the evidence of a VM (report, console, logs, diagnosis) to one archive, without secrets.",
    footer = {
      "",
      "Examples: visco bundle vm-12",
      "          visco diagnose --bundle FILE         # on any machine"
    })
final class BundleCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final VmParameter target = new VmParameter();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "the archive to write (visco-VM.tar.gz in this folder); replaced if it exists")
  private @Nullable Path output;

  @Mixin private final JsonOption json = new JsonOption();

  BundleCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    DaemonClient api = context.api();
    String id = target.id(api);
    Path file = Objects.requireNonNullElse(output, Path.of("visco-" + id + ".tar.gz"));
    WholeFile.write(
        file,
        true,
        out -> api.stream("GET", "/api/vms/" + id + "/bundle", null, in -> in.transferTo(out)));
    context
        .out()
        .println(json.isSet() ? dev.visco.wire.Json.line(Map.of("file", file.toString())) : file);
    return CommandExitCode.OK;
  }
}
