package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco egress}. */
@Command(
    name = "egress",
    mixinStandardHelpOptions = true,
    description =
        "Says how traffic of VMs leaves: as the host's (NAT), from an address, through a proxy, and"
            + " where it may go.",
    synopsisSubcommandLabel = "COMMAND")
final class EgressCommands implements Runnable {
  private EgressCommands() {}

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new EgressCommands())
        .addSubcommand(new EgressShow(context))
        .addSubcommand(new EgressSet(context))
        .addSubcommand(new EgressRemove(context))
        .addSubcommand(new EgressTest(context))
        .addSubcommand(new EgressLog(context));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        new CommandLine(this), "Name a command: show, set, rm, test or log.");
  }

  /** Whose policy is meant. */
  static final class EgressTarget {
    @Parameters(
        arity = "0..1",
        paramLabel = "VM",
        description = "the VM's name, its id, or a unique beginning of its id")
    private @Nullable String vm;

    @Option(names = "--user", paramLabel = "USER", description = "the user, instead of a VM")
    private @Nullable String user;

    String route(DaemonClient api) {
      if ((vm == null) == (user == null)) {
        throw Refused.invalid(
            "VM",
            Objects.requireNonNullElse(vm, ""),
            vm == null ? "is missing" : "is given beside --user",
            "Give a VM, or --user USER.");
      }
      return vm == null
          ? "/api/users/" + ApiPath.encoded(user + "") + "/egress"
          : "/api/vms/" + VmNames.whole(api, vm) + "/egress";
    }
  }

  private static int print(CommandContext context, JsonNode policy, JsonOption json) {
    context.out().println(json.isSet() ? Json.line(policy) : text(policy));
    return CommandExitCode.OK;
  }

  private static String text(JsonNode policy) {
    var lines = new ArrayList<String>();
    String way =
        switch (policy.path("way").asString("")) {
          case "proxy" ->
              "through "
                  + policy.path("proxy").asString("")
                  + (policy.path("hasPassword").asBoolean() ? " with a password" : "");
          case "address" -> "from " + policy.path("address").asString("");
          default -> "as the host's (NAT)";
        };
    String from =
        switch (policy.path("from").asString("")) {
          case "vm" -> "the VM's own policy";
          case "user" -> "its user's policy";
          default -> "the default";
        };
    lines.add("leaves " + way + ": " + from);
    addList(lines, "allow", policy.path("allow"));
    addList(lines, "deny", policy.path("deny"));
    if (policy.has("problem")) {
      lines.add("nothing leaves: " + policy.path("problem").asString(""));
    }
    return String.join("\n", lines);
  }

  private static void addList(List<String> lines, String name, JsonNode list) {
    var words = new ArrayList<String>();
    list.forEach(one -> words.add(one.asString("")));
    if (!words.isEmpty()) {
      lines.add(name + " " + String.join(", ", words));
    }
  }

  /** {@code visco egress show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows how the traffic of a VM leaves, or that of a user's VMs.",
      footer = {"", "Example: visco egress show vm-12"})
  static final class EgressShow implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final EgressTarget target = new EgressTarget();

    @Mixin private final JsonOption json = new JsonOption();

    EgressShow(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      return print(context, api.json("GET", target.route(api), null), json);
    }
  }

  /** {@code visco egress set}. */
  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Replaces the policy of a VM, or of all VMs of a user that have none of their own; it holds at"
            + " once, and ends connections that an earlier policy opened.",
        "Where there is a proxy, an address or a list, a guest's TCP connections and names are all that"
            + " leaves."
      },
      footer = {
        "",
        "Example: visco egress set --user alice --proxy socks5://alice@proxy.example:1080"
            + " --password-file proxy.txt"
      })
  static final class EgressSet implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final EgressTarget target = new EgressTarget();

    @Option(
        names = "--proxy",
        paramLabel = "URL",
        description = "through which all of it leaves, like socks5://alice@proxy.example:1080")
    private @Nullable String proxy;

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        description = "the first line is the proxy's password, - for standard input (the one kept)")
    private @Nullable String passwordFile;

    @Option(
        names = "--address",
        paramLabel = "ADDRESS",
        description = "the host's address from which it leaves")
    private @Nullable String address;

    @Option(
        names = "--allow",
        paramLabel = "WHERE",
        description =
            "the only places that it may go to, like example.com, *.example.com or 198.51.100.0/24;"
                + " may be repeated",
        split = ",")
    private List<String> allow = new ArrayList<>();

    @Option(
        names = "--deny",
        paramLabel = "WHERE",
        description = "where it may not go, whatever is allowed; may be repeated",
        split = ",")
    private List<String> deny = new ArrayList<>();

    @Mixin private final JsonOption json = new JsonOption();

    EgressSet(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var asked = new LinkedHashMap<String, Object>(Map.of("allow", allow, "deny", deny));
      if (proxy != null) {
        asked.put("proxy", proxy);
      }
      if (address != null) {
        asked.put("address", address);
      }
      if (passwordFile != null) {
        asked.put("password", EgressOptions.firstLine(passwordFile));
      }
      DaemonClient api = context.api();
      return print(context, api.json("PUT", target.route(api), asked), json);
    }
  }

  /** {@code visco egress rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description =
          "Removes the policy of a VM, for which its user's is in force again, or that of a user.",
      footer = {"", "Example: visco egress rm vm-12"})
  static final class EgressRemove implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final EgressTarget target = new EgressTarget();

    @Mixin private final JsonOption json = new JsonOption();

    EgressRemove(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode answer = api.json("DELETE", target.route(api), null);
      boolean isPolicy = answer.has("way");
      if (isPolicy) {
        return print(context, answer, json);
      }
      context.out().println(json.isSet() ? Json.line(answer) : answer.path("removed").asString(""));
      return CommandExitCode.OK;
    }
  }

  /** {@code visco egress test}. */
  @Command(
      name = "test",
      mixinStandardHelpOptions = true,
      description = {
        "Asks for a page as a VM's traffic leaves, and from inside its guest where that is ready, and",
        "prints what came; exits with 1 if nothing did, by one of them.",
        "A page that answers with its caller's address tells what the outside sees."
      },
      footer = {"", "Example: visco egress test vm-12 --url http://ip.example.com/"})
  static final class EgressTest implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Option(
        names = "--url",
        paramLabel = "URL",
        required = true,
        description = "the page, by http or https")
    private String url = "";

    @Mixin private final JsonOption json = new JsonOption();

    EgressTest(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String path = "/api/vms/" + target.id(api) + "/egress/test?url=" + ApiPath.encoded(url);
      JsonNode came = api.json("POST", path, null);
      JsonNode guest = came.path("guest");
      boolean isGood = came.has("status") && (guest.isMissingNode() || guest.has("status"));
      context.out().println(json.isSet() ? Json.line(came) : text(came) + "\n" + inside(guest));
      return isGood ? CommandExitCode.OK : CommandExitCode.FAILED;
    }

    private static String text(JsonNode came) {
      String rule = came.has("rule") ? " (rule " + came.path("rule").asString("") + ")" : "";
      if (came.has("error")) {
        return "nothing came: " + came.path("error").asString("") + rule;
      }
      return "from %s%s: status %s\n%s"
          .formatted(
              came.path("source").asString(""),
              came.has("proxy") ? " through " + came.path("proxy").asString("") : "",
              came.path("status").asString(""),
              came.path("body").asString(""));
    }

    private static String inside(JsonNode guest) {
      if (guest.isMissingNode()) {
        return "the guest was not asked: its VM is not ready";
      }
      return guest.has("error")
          ? "nothing came to the guest: " + guest.path("error").asString("")
          : "from inside the guest: status %s\n%s"
              .formatted(guest.path("status").asString(""), guest.path("body").asString(""));
    }
  }

  /** {@code visco egress log}. */
  @Command(
      name = "log",
      mixinStandardHelpOptions = true,
      description = "Lists what was refused to a VM's guest, and the rules that refused it.",
      footer = {"", "Example: visco egress log vm-12"})
  static final class EgressLog extends ListCommand {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    EgressLog(CommandContext context) {
      super(context);
      this.context = context;
    }

    @Override
    String route() {
      return "/api/vms/" + target.id(context.api()) + "/egress/refused";
    }

    @Override
    boolean isLog() {
      return true;
    }

    @Override
    List<String> heading() {
      return List.of("LAST", "PROTOCOL", "DESTINATION", "PORT", "RULE", "COUNT", "DETAIL");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          age(one, "last"),
          Tables.text(one, "protocol"),
          Tables.text(one, "destination"),
          Tables.text(one, "port"),
          Tables.text(one, "rule"),
          Tables.text(one, "count"),
          Tables.text(one, "detail"));
    }
  }
}
