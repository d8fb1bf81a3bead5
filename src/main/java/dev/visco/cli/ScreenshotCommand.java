package dev.visco.cli;

import java.io.IOException;
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
  private final CommandContext context;

  @Mixin private final VmParameter target = new VmParameter();

  @Parameters(
      index = "1",
      paramLabel = "FILE.png",
      description = "the file to write; - for standard output")
  private String file = "";

  @Option(names = "--force", description = "overwrites an existing file")
  private boolean force;

  ScreenshotCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    DaemonClient api = context.api();
    String id = target.id(api);
    String path = "/api/vms/" + id + "/desktop.png";
    if (file.equals("-")) {
      api.stream("GET", path, null, in -> in.transferTo(context.rawOut()));
      context.rawOut().flush();
    } else {
      WholeFile.write(
          Path.of(file), force, out -> api.stream("GET", path, null, in -> in.transferTo(out)));
      context.out().println(file);
    }
    return CommandExitCode.OK;
  }
}
