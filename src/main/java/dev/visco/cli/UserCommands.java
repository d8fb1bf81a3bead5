package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.model.Sizes;
import dev.visco.wire.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco user}. */
@Command(
    name = "user",
    mixinStandardHelpOptions = true,
    description = "Creates, lists, changes, suspends and removes users of VMs.",
    synopsisSubcommandLabel = "COMMAND")
final class UserCommands implements Callable<Integer> {
  private static final String ROUTE = "/api/users/";

  private final CommandContext context;

  UserCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new UserCommands(context))
        .addSubcommand(new UserCreate(context))
        .addSubcommand(new UserList(context))
        .addSubcommand(new UserInspect(context))
        .addSubcommand(new UserUpdate(context))
        .addSubcommand(new UserSuspend(context))
        .addSubcommand(new UserResume(context))
        .addSubcommand(new UserRemove(context));
  }

  @Override
  public Integer call() {
    return new UserList(context).call();
  }

  /** Quota and labels, for commands that set them. */
  static final class UserOptions {
    @Option(names = "--vms", paramLabel = "N", description = "VMs at a time")
    private @Nullable String vms;

    @Option(
        names = "--type-vms",
        paramLabel = "TYPE=N",
        description = "VMs of this type at a time; may be repeated")
    private Map<String, String> typeVms = new TreeMap<>();

    @Option(names = "--cpus", paramLabel = "N", description = "vCPUs of all VMs together")
    private @Nullable String cpus;

    @Option(
        names = "--memory",
        paramLabel = "SIZE",
        description = "memory of all VMs together, like 8g")
    private @Nullable String memory;

    @Option(
        names = "--disk",
        paramLabel = "SIZE",
        description = "what the disks of all VMs may grow to")
    private @Nullable String disk;

    @Option(
        names = "--creates",
        paramLabel = "N",
        description = "VMs created within a minute; \"none\" takes this or any other limit away")
    private @Nullable String creates;

    @Option(
        names = "--label",
        paramLabel = "NAME=TEXT",
        description = "a label; an empty text takes it away; may be repeated")
    private Map<String, String> labels = new TreeMap<>();

    /** The quota that this makes of another. */
    Map<String, Object> quota(JsonNode before) {
      var quota = new LinkedHashMap<String, Object>();
      before.properties().forEach(one -> quota.put(one.getKey(), one.getValue()));
      set(quota, "vms", "--vms", vms);
      set(quota, "vcpus", "--cpus", cpus);
      set(quota, "memoryMib", "--memory", mib("--memory", memory));
      set(quota, "diskMib", "--disk", mib("--disk", disk));
      set(quota, "createsPerMinute", "--creates", creates);
      var types = new LinkedHashMap<String, Object>();
      before
          .path("vmsPerType")
          .properties()
          .forEach(one -> types.put(one.getKey(), one.getValue()));
      typeVms.forEach((type, max) -> set(types, type, "--type-vms", max));
      quota.put("vmsPerType", types);
      return quota;
    }

    /** A number of MiB as text; other texts as they are, for {@link #set}. */
    private static @Nullable String mib(String option, @Nullable String size) {
      return size == null || size.equals("none")
          ? size
          : Long.toString(Sizes.mibOrNumber(option, size));
    }

    private static void set(
        Map<String, Object> quota, String field, String option, @Nullable String text) {
      if (text == null) {
        return;
      }
      if (text.equals("none")) {
        quota.remove(field);
      } else if (text.matches("\\d{1,13}")) {
        quota.put(field, Long.parseLong(text));
      } else {
        throw Refused.invalid(
            option, text, "is not a whole number", "Give one, or none for no limit.");
      }
    }

    /** The labels that this makes of others. */
    Map<String, String> labels(JsonNode before) {
      var all = new TreeMap<String, String>();
      before.properties().forEach(one -> all.put(one.getKey(), one.getValue().asString()));
      labels.forEach((name, text) -> {
        if (text.isEmpty()) {
          all.remove(name);
        } else {
          all.put(name, text);
        }
      });
      return all;
    }
  }

  /** Prints a user as it is after a command. */
  private static int print(CommandContext context, JsonNode user, JsonOption json) {
    context
        .out()
        .println(
            json.isSet()
                ? Json.line(user)
                : Tables.text(user, "id") + " is " + Tables.text(user, "state"));
    return CommandExitCode.OK;
  }

  /** {@code visco user create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description =
          "Creates a user. The first VM that an administrator or operator creates for a user does so"
              + " too.",
      footer = {"", "Example: visco user create alice --vms 5 --memory 8192 --label team=red"})
  static final class UserCreate implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "USER", description = "the user's id")
    private String id = "";

    @Mixin private final UserOptions options = new UserOptions();

    @Mixin private final JsonOption json = new JsonOption();

    UserCreate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode nothing = Json.mapper().createObjectNode();
      return print(
          context,
          context
              .api()
              .json(
                  "POST",
                  "/api/users",
                  Map.of(
                      "id",
                      id,
                      "labels",
                      options.labels(nothing),
                      "quota",
                      options.quota(nothing))),
          json);
    }
  }

  /** {@code visco user ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists users.",
      footer = {"", "Example: visco user ls"})
  static final class UserList extends ListCommand {
    UserList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/users";
    }

    @Override
    List<String> heading() {
      return List.of("USER", "STATE", "VMS", "VCPUS", "MEMORY", "DISK", "CREATES", "LABELS");
    }

    @Override
    List<String> row(JsonNode one) {
      JsonNode quota = one.path("quota");
      return List.of(
          Tables.text(one, "id"),
          Tables.text(one, "state"),
          Tables.text(quota, "vms"),
          Tables.text(quota, "vcpus"),
          Tables.text(quota, "memoryMib"),
          Tables.text(quota, "diskMib"),
          Tables.text(quota, "createsPerMinute"),
          String.join(
              ", ",
              one.path("labels").properties().stream()
                  .map(label -> label.getKey() + "=" + label.getValue().asString())
                  .sorted()
                  .toList()));
    }
  }

  /** {@code visco user inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Prints all about a user as JSON.",
      footer = {"", "Example: visco user inspect alice"})
  static final class UserInspect implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "USER", description = "the user's id")
    private String id = "";

    @Mixin private final JsonOption json = new JsonOption();

    UserInspect(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var user = context.api().json("GET", ROUTE + ApiPath.encoded(id), null);
      context.out().println(json.isSet() ? Json.line(user) : Json.pretty(user));
      return CommandExitCode.OK;
    }
  }

  /** {@code visco user update}. */
  @Command(
      name = "update",
      mixinStandardHelpOptions = true,
      description = "Changes a user's quota and labels; what is not named stays. VMs stay too.",
      footer = {"", "Example: visco user update alice --vms 10 --memory none"})
  static final class UserUpdate implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "USER", description = "the user's id")
    private String id = "";

    @Mixin private final UserOptions options = new UserOptions();

    @Mixin private final JsonOption json = new JsonOption();

    UserUpdate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode before = api.json("GET", ROUTE + ApiPath.encoded(id), null);
      return print(
          context,
          api.json(
              "PATCH",
              ROUTE + ApiPath.encoded(id),
              Map.of(
                  "labels",
                  options.labels(before.path("labels")),
                  "quota",
                  options.quota(before.path("quota")))),
          json);
    }
  }

  /** {@code visco user suspend}. */
  @Command(
      name = "suspend",
      mixinStandardHelpOptions = true,
      description = "Stops a user's VMs, and lets it have nothing new.",
      footer = {"", "Example: visco user suspend alice"})
  static final class UserSuspend implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "USER", description = "the user's id")
    private String id = "";

    @Mixin private final JsonOption json = new JsonOption();

    UserSuspend(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      return print(
          context,
          context.api().json("POST", ROUTE + ApiPath.encoded(id) + "/suspend", null),
          json);
    }
  }

  /** {@code visco user resume}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Lets a suspended user have VMs again; those that were stopped stay so.",
      footer = {"", "Example: visco user resume alice"})
  static final class UserResume implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "USER", description = "the user's id")
    private String id = "";

    @Mixin private final JsonOption json = new JsonOption();

    UserResume(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      return print(
          context, context.api().json("POST", ROUTE + ApiPath.encoded(id) + "/resume", null), json);
    }
  }

  /** {@code visco user rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = {
        "Removes users with their tokens. Refused while one has VMs, snapshots or volumes.",
        "With --force those are removed first, and nothing brings them back."
      },
      footer = {"", "Example: visco user rm alice"})
  static final class UserRemove extends RemoveCommand {
    @Option(names = "--force", description = "also removes all that they have")
    private boolean force;

    UserRemove(CommandContext context) {
      super(context, ROUTE);
    }

    @Override
    String query() {
      return force ? "?force=true" : "";
    }
  }
}
