package dev.visco.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco screenshot}. */
@Command(
    name = "screenshot",
    mixinStandardHelpOptions = true,
    description = "Writes how a VM's desktop looks now as a PNG file.",
    footer = {"", "Example: visco screenshot vm-12 desktop.png"})
final class ScreenshotCommand implements Callable<Integer> {
  private final Visco visco;

  @Parameters(index = "0", paramLabel = "VM", description = "its id or the beginning of it")
  private String name = "";

  @Parameters(index = "1", paramLabel = "FILE.png", description = "where to; - for standard output")
  private String file = "";

  @Option(names = "--force", description = "write over a file that is there")
  private boolean force;

  ScreenshotCommand(Visco visco) {
    this.visco = visco;
  }

  @Override
  public Integer call() throws IOException {
    ApiClient api = visco.api();
    String id = VmNames.whole(api, name);
    String path = "/api/vms/" + id + "/desktop.png";
    if (file.equals("-")) {
      api.stream("GET", path, null, in -> in.transferTo(visco.rawOut()));
      visco.rawOut().flush();
    } else {
      WholeFile.write(
          Path.of(file), force, out -> api.stream("GET", path, null, in -> in.transferTo(out)));
      visco.out().println(file);
    }
    return ExitCode.OK;
  }
}
