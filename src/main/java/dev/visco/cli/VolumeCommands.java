package dev.visco.cli;

import dev.visco.model.Sizes;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco volume}. */
@Command(
    name = "volume",
    mixinStandardHelpOptions = true,
    description = "Creates, lists, resizes, copies and removes volumes: disks that outlive VMs.",
    synopsisSubcommandLabel = "COMMAND")
final class VolumeCommands implements Callable<Integer> {
  private final CommandContext context;

  VolumeCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new VolumeCommands(context))
        .addSubcommand(new VolumeCreate(context))
        .addSubcommand(new VolumeList(context))
        .addSubcommand(new VolumeInspect(context))
        .addSubcommand(new VolumeRemove(context))
        .addSubcommand(new VolumeResize(context))
        .addSubcommand(new VolumeTransfer.VolumeExport(context))
        .addSubcommand(new VolumeTransfer.VolumeImport(context));
  }

  @Override
  public Integer call() {
    return new VolumeList(context).call();
  }

  /** Whose volume it is. */
  static final class OwnerOption {
    @Option(
        names = "--user",
        paramLabel = "USER",
        description = "the user who owns the volume (the token's own, else operator)")
    private @Nullable String user;

    String user(DaemonClient api) {
      return ApiPath.user(api, user);
    }

    /** The path of one volume of this user's in the API. */
    String route(DaemonClient api, String name, String action) {
      return "/api/volumes/" + ApiPath.encoded(name) + action + ApiPath.ofUser(user(api));
    }
  }

  /** {@code visco volume create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Creates a volume with an empty ext4 file system.",
      footer = {"", "Example: visco volume create data --size 2g"})
  static final class VolumeCreate implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the volume's name among its user's")
    private String name = "";

    @Option(
        names = "--size",
        paramLabel = "SIZE",
        required = true,
        description = "its size, like 512m or 2g; it takes only what is written to it")
    private String size = "";

    @Mixin private final OwnerOption owner = new OwnerOption();

    @Mixin private final JsonOption json = new JsonOption();

    VolumeCreate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode made =
          api.json(
              "POST",
              "/api/volumes",
              Map.of("userId", owner.user(api), "name", name, "size", size));
      context.out().println(json.isSet() ? Json.line(made) : made.path("name").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco volume ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists volumes: their sizes, what they take on the disk, and their VMs.",
      footer = {"", "Example: visco volume ls"})
  static final class VolumeList extends ListCommand {
    @Option(names = "--user", paramLabel = "USER", description = "only this user's volumes (all)")
    private @Nullable String user;

    VolumeList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/volumes" + ApiPath.ofUser(user);
    }

    @Override
    List<String> heading() {
      return List.of("VOLUME", "USER", "SIZE", "TAKEN", "STATE", "VM", "PATH", "CREATED");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "name"),
          Tables.text(one, "userId"),
          Sizes.bytesText(one.path("bytes").asLong()),
          Sizes.bytesText(one.path("takenBytes").asLong()),
          Tables.text(one, "state"),
          Tables.text(one, "vmId"),
          Tables.text(one, "path") + (one.path("readOnly").asBoolean(false) ? " (ro)" : ""),
          age(one, "created"));
    }
  }

  /** {@code visco volume inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Shows a volume as JSON.",
      footer = {"", "Example: visco volume inspect data"})
  static final class VolumeInspect implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "its name")
    private String name = "";

    @Mixin private final OwnerOption owner = new OwnerOption();

    @Mixin private final JsonOption json = new JsonOption();

    VolumeInspect(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode found = api.json("GET", owner.route(api, name, ""), null);
      context.out().println(json.isSet() ? Json.line(found) : Json.pretty(found));
      return CommandExitCode.OK;
    }
  }

  /** {@code visco volume resize}. */
  @Command(
      name = "resize",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a volume larger, also while a VM uses it.",
        "A guest that cannot grow the file system has the new size with its next start."
      },
      footer = {"", "Example: visco volume resize data 4g"})
  static final class VolumeResize implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(index = "0", paramLabel = "NAME", description = "the volume's name")
    private String name = "";

    @Parameters(index = "1", paramLabel = "SIZE", description = "its new size, like 512m or 2g")
    private String size = "";

    @Mixin private final OwnerOption owner = new OwnerOption();

    @Mixin private final JsonOption json = new JsonOption();

    VolumeResize(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode done = api.json("PATCH", owner.route(api, name, ""), Map.of("size", size));
      if (done.has("pending")) {
        context
            .err()
            .println(
                "visco: its file system gets the new size with the next start of "
                    + done.path("vmId").asString()
                    + ": "
                    + done.path("pending").asString());
      }
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(done)
                  : name + " has " + Sizes.bytesText(done.path("bytes").asLong()));
      return CommandExitCode.OK;
    }
  }

  /** {@code visco volume rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Removes volumes with all that is in them. Refused while a VM has one.",
      footer = {"", "Example: visco volume rm data"})
  static final class VolumeRemove implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(
        paramLabel = "NAME",
        arity = "1..*",
        description = "names; if one cannot be removed, the others still are")
    private List<String> names = new ArrayList<>();

    @Mixin private final OwnerOption owner = new OwnerOption();

    @Option(names = "--json", description = "prints one JSON array, with an object for each name")
    private boolean json;

    VolumeRemove(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      return Removals.removeEach(
          context,
          names,
          json,
          false,
          name -> api.json("DELETE", owner.route(api, name, ""), null),
          removed -> removed.path("removed").asString());
    }
  }
}
