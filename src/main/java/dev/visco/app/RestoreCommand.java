package dev.visco.app;

import dev.visco.backup.Restore;
import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.JsonOption;
import dev.visco.cli.ProgressPrinter;
import dev.visco.settings.Settings;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code visco restore}. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description = {
      "Puts a backup back into an empty data folder. All of the file is checked before anything is",
      "written. VMs whose disks are not in it are gone; start the daemon afterwards."
    },
    footer = {"", "Example: visco restore /srv/backup/visco.tar.zst"})
final class RestoreCommand implements Callable<Integer> {
  private final CommandContext context;
  private final Program program;

  @Parameters(paramLabel = "FILE", description = "what visco backup wrote")
  private Path file = Path.of("");

  @Mixin private final JsonOption json = new JsonOption();

  RestoreCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  @Override
  public Integer call() throws IOException {
    HostChecks.requireRoot("restore");
    Settings settings = program.settings(context.flags());
    HostChecks.requireReachable(settings.data(), program.host());
    Files.createDirectories(settings.data());
    DaemonRights.closeNewFiles();
    HostChecks.loadNativeLibraries(settings.data());
    try (var progress = ProgressPrinter.onError()) {
      Restore.Restored restored =
          new Restore(
                  program.host(),
                  settings.data(),
                  program.configuration(),
                  progress,
                  InstantSource.system())
              .from(file);
      progress.close();
      restored
          .kept()
          .forEach(path ->
              context
                  .err()
                  .println("visco: " + path + " was there and stays; the backup's lies beside it"));
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(restored)
                  : "%s: from %s of %s, with %d VMs and %d volumes"
                      .formatted(
                          settings.data(),
                          file,
                          restored.header().created(),
                          restored.header().vms().size(),
                          restored.header().volumes().size()));
    }
    return CommandExitCode.OK;
  }
}
