package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco screenshot}. */
@Command(
    name = "screenshot",
    mixinStandardHelpOptions = true,
    description = "Saves a screenshot of a VM's desktop as a PNG file.",
    footer = {"", "Example: visco screenshot vm-12 desktop.png"})
final class ScreenshotCommand implements Callable<Integer> {
  /** After the signature, and the chunk's length and type. */
  private static final int WIDTH_AT = 16;

  private final CommandContext context;

  @Mixin private final VmParameter target = new VmParameter();

  @Parameters(
      index = "1",
      paramLabel = "FILE.png",
      description = "the file to write; - for standard output")
  private String file = "";

  @Option(names = "--force", description = "overwrites an existing file")
  private boolean force;

  @Mixin private final JsonOption json = new JsonOption();

  ScreenshotCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    DaemonClient api = context.api();
    String id = target.id(api);
    String path = "/api/vms/" + id + "/desktop.png";
    if (file.equals("-")) {
      if (json.isSet()) {
        throw Refused.invalid(
            "--json", "-", "cannot share standard output with the picture", "Name a file.");
      }
      api.stream("GET", path, null, in -> in.transferTo(context.rawOut()));
      context.rawOut().flush();
    } else {
      WholeFile.write(
          Path.of(file), force, out -> api.stream("GET", path, null, in -> in.transferTo(out)));
      context.out().println(json.isSet() ? Json.line(document(id, Path.of(file))) : file);
    }
    return CommandExitCode.OK;
  }

  /**
   * What was written.
   *
   * @param width pixels, as height
   */
  record ScreenshotDocument(String vmId, String file, long bytes, int width, int height) {}

  /** Width and height are the first numbers of a PNG's first chunk (PNG, 11.2.1). */
  private static ScreenshotDocument document(String id, Path file) throws IOException {
    try (var in = new DataInputStream(Files.newInputStream(file))) {
      in.skipNBytes(WIDTH_AT);
      return new ScreenshotDocument(
          id, file.toString(), Files.size(file), in.readInt(), in.readInt());
    }
  }
}
