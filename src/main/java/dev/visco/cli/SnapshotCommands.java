package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco snapshot}, {@code pause} and {@code resume}. */
@Command(
    name = "snapshot",
    mixinStandardHelpOptions = true,
    description = "Writes VMs down and takes them back to what was written.",
    synopsisSubcommandLabel = "COMMAND")
final class SnapshotCommands implements Callable<Integer> {
  private final Visco visco;

  SnapshotCommands(Visco visco) {
    this.visco = visco;
  }

  static CommandLine commandLine(Visco visco) {
    return new CommandLine(new SnapshotCommands(visco))
        .addSubcommand(new Create(visco))
        .addSubcommand(new List_(visco))
        .addSubcommand(new Remove(visco))
        .addSubcommand(new Restore(visco));
  }

  @Override
  public Integer call() {
    return new List_(visco).call();
  }

  /** {@code visco pause}. */
  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "Holds a VM still; its memory stays taken.",
      footer = {"", "Example: visco pause vm-12"})
  static final class Pause implements Callable<Integer> {
    private final Visco visco;

    @Parameters(paramLabel = "VM", description = "its id or the beginning of it")
    private String name = "";

    @Option(names = "--json", description = "print the VM as JSON")
    private boolean json;

    Pause(Visco visco) {
      this.visco = visco;
    }

    @Override
    public Integer call() {
      return post(visco, name, "pause", json);
    }
  }

  /** {@code visco resume}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Lets a paused VM go on.",
      footer = {"", "Example: visco resume vm-12"})
  static final class Resume implements Callable<Integer> {
    private final Visco visco;

    @Parameters(paramLabel = "VM", description = "its id or the beginning of it")
    private String name = "";

    @Option(names = "--json", description = "print the VM as JSON")
    private boolean json;

    Resume(Visco visco) {
      this.visco = visco;
    }

    @Override
    public Integer call() {
      return post(visco, name, "resume", json);
    }
  }

  private static int post(Visco visco, String name, String what, boolean json) {
    ApiClient api = visco.api();
    String id = VmNames.whole(api, name);
    JsonNode vm = api.json("POST", "/api/vms/" + id + "/" + what, null);
    visco.out().println(json ? Json.line(vm) : id + " is " + vm.path("state").asString());
    return ExitCode.OK;
  }

  /** {@code visco snapshot create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Writes a VM's memory and disk down; a running one stands still meanwhile.",
      footer = {"", "Example: visco snapshot create vm-12 --name before-upgrade"})
  static final class Create implements Callable<Integer> {
    private final Visco visco;

    @Parameters(paramLabel = "VM", description = "its id or the beginning of it")
    private String name = "";

    @Option(names = "--name", description = "what the snapshot is called, else made up")
    private @Nullable String called;

    @Option(names = "--json", description = "print the snapshot as JSON")
    private boolean json;

    Create(Visco visco) {
      this.visco = visco;
    }

    @Override
    public Integer call() {
      ApiClient api = visco.api();
      JsonNode made =
          api.json(
              "POST",
              "/api/vms/" + VmNames.whole(api, name) + "/snapshots",
              called == null ? Map.of() : Map.of("name", called));
      visco.out().println(json ? Json.line(made) : made.path("name").asString());
      return ExitCode.OK;
    }
  }

  /** {@code visco snapshot ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists snapshots.",
      footer = {"", "Example: visco snapshot ls"})
  static final class List_ extends ListCommand {
    List_(Visco visco) {
      super(visco);
    }

    @Override
    String route() {
      return "/api/snapshots";
    }

    @Override
    List<String> heading() {
      return List.of("SNAPSHOT", "VM", "STATE", "RELEASE", "MIB", "CREATED");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "name"),
          Tables.text(one, "vmId"),
          Tables.text(one, "state"),
          Tables.text(one, "release"),
          Long.toString(one.path("bytes").asLong() >> 20),
          Tables.text(one, "created"));
    }
  }

  /** {@code visco snapshot rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Removes snapshots; their VMs go on.",
      footer = {"", "Example: visco snapshot rm before-upgrade"})
  static final class Remove extends RemoveCommand {
    Remove(Visco visco) {
      super(visco, "/api/snapshots/");
    }
  }

  /** {@code visco snapshot restore}. */
  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description = {
        "Takes the snapshot's VM back to it and verifies the VM anew.",
        "What happened in the VM since is lost."
      },
      footer = {"", "Example: visco snapshot restore before-upgrade"})
  static final class Restore implements Callable<Integer> {
    private final Visco visco;

    @Parameters(paramLabel = "SNAPSHOT", description = "its name")
    private String name = "";

    @Option(names = "--no-wait", description = "return as soon as it is recorded")
    private boolean noWait;

    @Option(names = "--json", description = "print the VM as JSON")
    private boolean json;

    Restore(Visco visco) {
      this.visco = visco;
    }

    @Override
    public Integer call() {
      ApiClient api = visco.api();
      JsonNode vm = api.json("POST", "/api/snapshots/" + name + "/restore", null);
      if (!noWait) {
        try (var progress = ProgressPrinter.onError()) {
          vm = CreateCommand.await(api, vm, progress);
        }
      }
      String id = vm.path("vmId").asString();
      visco.out().println(json ? Json.line(vm) : id);
      return noWait
          ? ExitCode.OK
          : VmOutcome.tell(api, vm, "visco logs " + id, visco.err(), visco.err());
    }
  }
}
