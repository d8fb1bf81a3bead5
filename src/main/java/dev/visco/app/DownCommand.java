package dev.visco.app;

import dev.visco.cli.ExitCode;
import dev.visco.cli.ProgressPrinter;
import dev.visco.cli.Visco;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.model.Vm;
import dev.visco.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code visco down}: ends the daemon, then ends the VMs itself, so that it works whether the
 * daemon ran or not.
 */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = "Ends VMs and daemon. Only images and the store stay.",
    footer = {"", "Example: visco down --purge"})
final class DownCommand implements Callable<Integer> {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  /** Everything that Visco puts into its data folder. */
  private static final List<String> OWN =
      List.of(
          "vms",
          "images",
          "cache",
          "port",
          "admin-token",
          "daemon.out",
          "visco.db-wal",
          "visco.db-shm",
          "visco.db",
          "lock");

  private final Visco visco;
  private final Program program;

  @Option(names = "--purge", description = "take images and the store away too")
  private boolean purge;

  DownCommand(Visco visco, Program program) {
    this.visco = visco;
    this.program = program;
  }

  @Override
  public Integer call() {
    Main.requireRoot("down");
    Settings settings = program.settings(visco.flags());
    if (!Files.exists(settings.data().resolve("visco.db"))) {
      visco.err().println("visco: nothing runs from " + settings.data());
      if (purge) {
        purge(settings.data());
      }
      return ExitCode.OK;
    }
    Host host = program.host();
    try (var progress = ProgressPrinter.onError()) {
      progress.report("end the daemon", -1);
      new DaemonProcess(program, settings, host).stop();
      progress.report("end VMs and their networks", -1);
      try (Daemon daemon = Daemon.open(settings, host)) {
        daemon.lifecycle().start();
        List<Vm> left = daemon.lifecycle().endEverything(DEADLINE);
        if (!left.isEmpty()) {
          left.forEach(vm ->
              visco
                  .err()
                  .println("visco: " + vm.id() + " could not be destroyed: " + vm.failure()));
          return ExitCode.FAILED;
        }
      }
      DurableFiles.deleteTree(settings.data().resolve("port"));
      if (purge) {
        purge(settings.data());
      }
    }
    return ExitCode.OK;
  }

  /** Takes away what is Visco's; a folder that holds anything else stays with it. */
  static void purge(Path data) {
    OWN.forEach(name -> DurableFiles.deleteTree(data.resolve(name)));
    try {
      Files.deleteIfExists(data);
    } catch (DirectoryNotEmptyException e) {
      // Somebody else's files are in it.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
