package dev.visco.cli;

import dev.visco.wire.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco snapshot}, {@code pause} and {@code resume}. */
@Command(
    name = "snapshot",
    mixinStandardHelpOptions = true,
    description = "Creates, lists, checks, exports, restores and removes snapshots.",
    synopsisSubcommandLabel = "COMMAND")
final class SnapshotCommands implements Callable<Integer> {
  private final CommandContext context;

  SnapshotCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new SnapshotCommands(context))
        .addSubcommand(new SnapshotCreate(context))
        .addSubcommand(new SnapshotList(context))
        .addSubcommand(new SnapshotContentCommands.SnapshotInspect(context))
        .addSubcommand(new SnapshotContentCommands.SnapshotVerify(context))
        .addSubcommand(new SnapshotContentCommands.SnapshotKeep(context))
        .addSubcommand(new SnapshotContentCommands.SnapshotExport(context))
        .addSubcommand(new SnapshotContentCommands.SnapshotImport(context))
        .addSubcommand(new SnapshotRemove(context))
        .addSubcommand(new SnapshotRestore(context));
  }

  @Override
  public Integer call() {
    return new SnapshotList(context).call();
  }

  /** {@code visco snapshot create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Saves a VM's memory, devices and disk. A running VM is paused meanwhile.",
      footer = {"", "Example: visco snapshot create vm-12 --name before-upgrade"})
  static final class SnapshotCreate implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "name of the snapshot (a random one)")
    private @Nullable String called;

    @Option(
        names = "--keep",
        description = "keeps it until it is removed, also when the VM is destroyed")
    private boolean keep;

    @Option(
        names = "--disk-only",
        description = {
          "saves the disk alone, of a running VM (whose guest holds it still) or a stopped one"
        })
    private boolean diskOnly;

    @Mixin private final JsonOption json = new JsonOption();

    SnapshotCreate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      var asked = new LinkedHashMap<String, Object>();
      if (called != null) {
        asked.put("name", called);
      }
      if (keep) {
        asked.put("keep", true);
      }
      if (diskOnly) {
        asked.put("diskOnly", true);
      }
      JsonNode made = api.json("POST", "/api/vms/" + target.id(api) + "/snapshots", asked);
      context.out().println(json.isSet() ? Json.line(made) : made.path("name").asString());
      return CommandExitCode.OK;
    }
  }

  /** Whose snapshot it is. */
  static final class UserOption {
    @Option(
        names = "--user",
        paramLabel = "USER",
        description = "the user who owns it; needed where several users have one of that name")
    private @Nullable String user;

    String query() {
      return ApiPath.ofUser(user);
    }
  }

  /** {@code visco snapshot ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists snapshots.",
      footer = {"", "Example: visco snapshot ls"})
  static final class SnapshotList extends ListCommand {
    @Option(names = "--user", paramLabel = "USER", description = "only this user's snapshots (all)")
    private @Nullable String user;

    SnapshotList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/snapshots" + ApiPath.ofUser(user);
    }

    @Override
    List<String> heading() {
      return List.of(
          "SNAPSHOT", "USER", "VM", "STATE", "RETENTION", "USED BY", "RELEASE", "MIB", "CREATED");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "name"),
          Tables.text(one, "userId"),
          Tables.text(one, "vmId"),
          Tables.text(one, "state"),
          Tables.text(one, "retention"),
          Integer.toString(one.path("usedBy").asInt()),
          Tables.text(one, "release"),
          Long.toString(one.path("bytes").asLong() >> 20),
          age(one, "created"));
    }
  }

  /** {@code visco snapshot rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Removes snapshots that nothing uses. Their VMs are not touched.",
      footer = {"", "Example: visco snapshot rm before-upgrade"})
  static final class SnapshotRemove extends RemoveCommand {
    @Mixin private final UserOption user = new UserOption();

    SnapshotRemove(CommandContext context) {
      super(context, "/api/snapshots/");
    }

    @Override
    String query() {
      return user.query();
    }
  }

  /** {@code visco snapshot restore}. */
  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description = {
        "Restores a VM to its snapshot and verifies it again.",
        "Everything that happened in the VM since then is lost."
      },
      footer = {"", "Example: visco snapshot restore before-upgrade"})
  static final class SnapshotRestore implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "SNAPSHOT", description = "the snapshot's name")
    private String name = "";

    @Mixin private final UserOption user = new UserOption();

    @Option(
        names = "--no-wait",
        description = "prints the VM's id as soon as the restore is recorded")
    private boolean noWait;

    @Option(
        names = "--report",
        description = "prints the criteria and their evidence even if all are met")
    private boolean wantsReport;

    @Mixin private final JsonOption json = new JsonOption();

    SnapshotRestore(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      long began = System.nanoTime();
      JsonNode vm =
          api.json(
              "POST", "/api/snapshots/" + ApiPath.encoded(name) + "/restore" + user.query(), null);
      if (!noWait) {
        try (var progress = ProgressPrinter.onError()) {
          vm = CreateCommand.await(api, vm, progress);
        }
      }
      String id = vm.path("vmId").asString();
      boolean isForPerson = context.isTerminal() && VmOutcome.isReady(vm);
      String line =
          isForPerson ? VmOutcome.readyLine(vm, Duration.ofNanos(System.nanoTime() - began)) : id;
      context.out().println(json.isSet() ? Json.line(vm) : line);
      return noWait
          ? CommandExitCode.OK
          : VmOutcome.tell(api, vm, wantsReport, "visco logs " + id, context.err(), context.err());
    }
  }
}
