package dev.visco.app;

import dev.visco.backup.Backup;
import dev.visco.backup.BackupHeader;
import dev.visco.cli.ApiException;
import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.DaemonClient;
import dev.visco.cli.JsonOption;
import dev.visco.cli.ProgressPrinter;
import dev.visco.model.VmId;
import dev.visco.settings.Settings;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco backup}. */
@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    description = {
      "Writes one file with the store, settings, tokens and VMM releases; and with --user or",
      "--all-users also those users' VMs (disks, keys, images) and volumes. The daemon may run.",
      "Whoever has the file has the tokens and keys in it: it is for root alone."
    },
    footer = {"", "Example: visco backup /srv/backup/visco.tar.zst --user anna"})
final class BackupCommand implements Callable<Integer> {
  private final CommandContext context;
  private final Program program;

  @Parameters(paramLabel = "FILE", description = "the file to write; refused if it exists")
  private Path file = Path.of("");

  @Option(names = "--user", paramLabel = "USER", description = "with this user's VMs and volumes")
  private List<String> users = List.of();

  @Option(names = "--all-users", description = "with all VMs and volumes")
  private boolean all;

  @Option(
      names = "--credentials",
      description =
          "with all users' credentials, encrypted as in the vault; its master key is never in a backup")
  private boolean credentials;

  @Option(
      names = "--pause",
      description =
          "running VMs stand still while their disks are copied (otherwise they are refused); the"
              + " copy is as after a loss of power")
  private boolean pause;

  @Mixin private final JsonOption json = new JsonOption();

  BackupCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  @Override
  public Integer call() {
    HostChecks.requireRoot("backup");
    Settings settings = program.settings(context.flags());
    DaemonRights.closeNewFiles();
    HostChecks.loadNativeLibraries(settings.data());
    try (var progress = ProgressPrinter.onError()) {
      var backup =
          new Backup(
              program.host(),
              settings.data(),
              program.configuration(),
              Program.version(),
              progress);
      BackupHeader header =
          (credentials ? backup.withCredentials() : backup)
              .write(
                  file,
                  user -> all || users.contains(user),
                  pause ? pausing() : null,
                  InstantSource.system().instant());
      progress.close();
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(header)
                  : "%s: the store, %d VMs and %d volumes with their disks"
                      .formatted(file, header.vms().size(), header.volumes().size()));
    }
    return CommandExitCode.OK;
  }

  private Backup.@Nullable Pausing pausing() {
    var api = new DaemonClient(program.address(context.flags()));
    return new Backup.Pausing() {
      @Override
      public void pause(VmId vm) {
        api.json("POST", "/api/vms/" + vm + "/pause", null);
      }

      @Override
      public void resume(VmId vm) {
        try {
          api.json("POST", "/api/vms/" + vm + "/resume", null);
        } catch (ApiException e) {
          if (isPaused(vm)) {
            throw e;
          }
        }
      }

      private boolean isPaused(VmId vm) {
        try {
          return api.json("GET", "/api/vms/" + vm, null)
              .path("state")
              .asString("")
              .equals("paused");
        } catch (ApiException e) {
          if (e.exitCode() == CommandExitCode.NOT_FOUND) {
            return false;
          }
          throw e;
        }
      }
    };
  }
}
