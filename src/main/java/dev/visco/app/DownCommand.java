package dev.visco.app;

import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.Confirmation;
import dev.visco.cli.DaemonClient;
import dev.visco.cli.JsonOption;
import dev.visco.cli.ProgressPrinter;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.model.Vm;
import dev.visco.settings.Settings;
import dev.visco.settings.TlsFiles;
import dev.visco.store.DataFolder;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code visco down}: stops the daemon, then destroys the VMs itself, so that it works whether the
 * daemon ran or not.
 */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description =
        "Destroys all VMs with their disks and snapshots, and stops the daemon. Images and the store"
            + " stay. Asks first if there are VMs.",
    footer = {"", "Example: visco down --purge"})
final class DownCommand implements Callable<Integer> {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private final CommandContext context;
  private final Program program;

  @Option(names = "--purge", description = "also deletes images and the store")
  private boolean purge;

  @Option(
      names = {"-y", "--yes"},
      description = "does not ask")
  private boolean yes;

  @Mixin private final JsonOption json = new JsonOption();

  DownCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  @Override
  public Integer call() {
    HostChecks.requireRoot("down");
    Settings settings = program.settings(context.flags());
    if (!yes && !isAllowed(settings)) {
      return CommandExitCode.REFUSED;
    }
    if (!Files.exists(settings.data().resolve("visco.db"))) {
      context.err().println("visco: nothing runs from " + settings.data());
      if (purge) {
        purge(settings.data()).ifPresent(context.err()::println);
      }
      tell(settings, new Engine.Ended(List.of(), List.of(), List.of()));
      return CommandExitCode.OK;
    }
    DaemonRights.closeNewFiles();
    HostChecks.loadNativeLibraries(settings.data());
    Host host = program.host();
    Engine.Ended gone;
    try (var progress = ProgressPrinter.onError()) {
      progress.report("end the daemon", -1);
      new DaemonProcess(program, settings, host).stop();
      progress.report("end VMs and their networks", -1);
      try (Daemon daemon = Daemon.openToEnd(settings, host)) {
        daemon.engine().startToEnd();
        Engine.Ended ended = daemon.engine().endEverything(DEADLINE);
        if (!isWhole(ended)) {
          tell(settings, ended);
          return CommandExitCode.FAILED;
        }
        gone = ended;
      }
      DurableFiles.deleteTree(settings.data().resolve("port"));
      DurableFiles.deleteTree(TlsFiles.shown(settings.data()));
      if (purge) {
        purge(settings.data()).ifPresent(context.err()::println);
      }
    }
    tell(settings, gone);
    return CommandExitCode.OK;
  }

  /**
   * What was done.
   *
   * @param destroyed ids of VMs
   * @param left VMs that could not be destroyed
   * @param failures what could not be given back to the host
   * @param purged whether images and the store are gone too
   */
  record EndDocument(
      String data,
      List<String> destroyed,
      List<String> left,
      List<String> failures,
      boolean purged) {}

  private void tell(Settings settings, Engine.Ended ended) {
    if (json.isSet()) {
      List<String> left = ended.left().stream().map(vm -> vm.id().value()).toList();
      boolean isWhole = left.isEmpty() && ended.failures().isEmpty();
      context
          .out()
          .println(
              Json.line(
                  new EndDocument(
                      settings.data().toString(),
                      ended.destroyed(),
                      left,
                      ended.failures(),
                      purge && isWhole)));
    }
  }

  /** Prints what could not be removed; true if nothing is left. */
  private boolean isWhole(Engine.Ended ended) {
    for (Vm vm : ended.left()) {
      context.err().println("visco: " + vm.id() + " could not be destroyed: " + vm.failure());
    }
    for (String failure : ended.failures()) {
      context.err().println("visco: this could not be given back: " + failure);
    }
    return ended.left().isEmpty() && ended.failures().isEmpty();
  }

  private boolean isAllowed(Settings settings) {
    return EndQuestion.of(settings, () -> new DaemonClient(program.address(context.flags())), purge)
        .isAllowed(Confirmation.ofTerminal(), context.err());
  }

  /**
   * Deletes Visco's files by their names; returns a message about others, which stay with the
   * folder.
   */
  static Optional<String> purge(Path data) {
    List<String> entries = entries(data);
    if (DataFolder.isMarked(entries)) {
      // Half-written files and logs first, the files that mark the folder last: an interrupted
      // purge can be repeated.
      entries.stream()
          .filter(name -> DataFolder.isOwn(name) && !DataFolder.own().contains(name))
          .forEach(name -> delete(data, name));
      DataFolder.own().forEach(name -> delete(data, name));
    }
    List<String> left = entries(data);
    if (left.isEmpty()) {
      delete(data, "");
      return Optional.empty();
    }
    return Optional.of(
        "visco: " + data + " stays, for what is in it is not Visco's: " + String.join(", ", left));
  }

  private static void delete(Path data, String entry) {
    DurableFiles.deleteTree(data.resolve(entry));
  }

  private static List<String> entries(Path data) {
    try {
      return DataFolder.entries(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
