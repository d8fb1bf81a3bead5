package dev.visco.cli;

import dev.visco.model.GuestPorts;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco links}. */
@Command(
    name = "links",
    mixinStandardHelpOptions = true,
    description = "Lists and revokes links to ports of VMs; visco link makes one.",
    synopsisSubcommandLabel = "COMMAND")
final class LinkCommands implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new LinkCommands())
        .addSubcommand(new LinkList(context))
        .addSubcommand(new LinkRevoke(context));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "Missing required subcommand, like: visco links ls VM");
  }

  /** {@code visco link}. */
  @Command(
      name = "link",
      mixinStandardHelpOptions = true,
      description = {
        "Prints a link to a web application in a VM, for browsers, and for programs like webhooks.",
        "Whoever has it may open it until it ends. The port must be open: visco update VM --port PORT."
      },
      footer = {"", "Example: visco link vm-12 8080 --for 8h"})
  static final class LinkCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Parameters(
        index = "1",
        paramLabel = "PORT",
        description = "the port that the application listens on in the guest")
    private String port = "";

    @Option(
        names = "--for",
        paramLabel = "TIME",
        description = "how long it holds, like 30m, 8h or 7d (1h); 30d at most")
    private @Nullable String life;

    @Mixin private final JsonOption json = new JsonOption();

    LinkCommand(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var asked = new HashMap<String, Object>();
      asked.put("port", GuestPorts.of("PORT", port));
      if (life != null) {
        asked.put("ttl", life);
      }
      DaemonClient api = context.api();
      JsonNode link = api.json("POST", "/api/vms/" + target.id(api) + "/links", asked);
      context.out().println(json.isSet() ? Json.line(link) : link.path("url").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco links ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists a VM's links that hold, without their secrets, the newest first.",
      footer = {"", "Example: visco links ls vm-12"})
  static final class LinkList extends ListCommand {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    LinkList(CommandContext context) {
      super(context);
      this.context = context;
    }

    @Override
    String route() {
      return "/api/vms/" + target.id(context.api()) + "/links";
    }

    @Override
    List<String> heading() {
      return List.of("LINK", "PORT", "BY", "CREATED", "EXPIRES");
    }

    @Override
    List<String> row(JsonNode link) {
      return List.of(
          Tables.text(link, "id"),
          Tables.text(link, "port"),
          Tables.text(link, "creator"),
          age(link, "created"),
          Tables.text(link, "expires"));
    }
  }

  /** {@code visco links rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Revokes links of a VM: they open nothing any more, and what they opened ends.",
      footer = {"", "Example: visco links rm vm-12 link-0a1b2c3d"})
  static final class LinkRevoke implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "LINK", description = "their ids")
    private List<String> links = new ArrayList<>();

    @Mixin private final JsonOption json = new JsonOption();

    LinkRevoke(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String path = "/api/vms/" + target.id(api) + "/links/";
      int code = CommandExitCode.OK;
      for (String link : links) {
        try {
          JsonNode removed = api.json("DELETE", path + ApiPath.encoded(link), null);
          context.out().println(json.isSet() ? Json.line(removed) : link);
        } catch (ApiException e) {
          context.tellFailure(e, json.isSet());
          code = code == CommandExitCode.OK ? e.exitCode() : code;
        }
      }
      return code;
    }
  }
}
