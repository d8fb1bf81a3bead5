package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco volume export} and {@code import}. */
final class VolumeTransfer {
  private VolumeTransfer() {}

  /** {@code visco volume export}. */
  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description = {
        "Writes a volume that no running VM uses to a file.",
        "The file is its ext4 file system, packed with gzip; holes take no room."
      },
      footer = {"", "Example: visco volume export data"})
  static final class VolumeExport implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the volume's name")
    private String name = "";

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        description = "the file to write (NAME.img.gz in this folder)")
    private @Nullable Path output;

    @Option(names = "--force", description = "replaces the file if it exists")
    private boolean force;

    @Mixin private final VolumeCommands.OwnerOption owner = new VolumeCommands.OwnerOption();

    @Mixin private final JsonOption json = new JsonOption();

    VolumeExport(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() throws IOException {
      DaemonClient api = context.api();
      Path file = Objects.requireNonNullElse(output, Path.of(name + ".img.gz"));
      WholeFile.write(
          file,
          force,
          out ->
              api.stream("GET", owner.route(api, name, "/export"), null, in -> in.transferTo(out)));
      context.out().println(json.isSet() ? Json.line(Map.of("file", file.toString())) : file);
      return CommandExitCode.OK;
    }
  }

  /** {@code visco volume import}. */
  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a volume of a file that was exported, or of any ext4 file system.",
        "All of it is checked before there is a volume."
      },
      footer = {"", "Example: visco volume import copy data.img.gz"})
  static final class VolumeImport implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(index = "0", paramLabel = "NAME", description = "the new volume's name")
    private String name = "";

    @Parameters(
        index = "1",
        paramLabel = "FILE",
        description = "an ext4 file system without partitions, packed with gzip or not")
    private Path file = Path.of("");

    @Mixin private final VolumeCommands.OwnerOption owner = new VolumeCommands.OwnerOption();

    @Mixin private final JsonOption json = new JsonOption();

    VolumeImport(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      if (!Files.isRegularFile(file)) {
        throw Refused.invalid(
            "FILE", file.toString(), "is no file", "Give a file that an export wrote.");
      }
      DaemonClient api = context.api();
      JsonNode made = api.upload("POST", owner.route(api, name, "/import"), file);
      context.out().println(json.isSet() ? Json.line(made) : made.path("name").asString());
      return CommandExitCode.OK;
    }
  }
}
