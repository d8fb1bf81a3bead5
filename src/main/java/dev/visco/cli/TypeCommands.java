package dev.visco.cli;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** {@code visco type}. */
@Command(
    name = "type",
    aliases = "types",
    mixinStandardHelpOptions = true,
    description = "Lists the VM types, which visco create --type takes.",
    synopsisSubcommandLabel = "COMMAND")
final class TypeCommands implements Callable<Integer> {
  private final CommandContext context;

  TypeCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new TypeCommands(context))
        .addSubcommand(new TypeList(context))
        .addSubcommand(new TypeInspect(context));
  }

  @Override
  public Integer call() {
    return new TypeList(context).call();
  }

  /** {@code visco type ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists the VM types with their sizes.",
      footer = {"", "Example: visco type ls"})
  static final class TypeList extends ListCommand {
    TypeList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/types";
    }

    @Override
    List<String> heading() {
      return List.of(
          "TYPE", "IMAGE", "VCPUS", "MIB", "DISK", "PORTS", "HOME", "POOL", "TRANSPORT", "RESTART");
    }

    @Override
    Set<String> wideOnly() {
      return Set.of("TRANSPORT", "RESTART");
    }

    @Override
    List<String> row(JsonNode type) {
      return List.of(
          Tables.text(type, "name"),
          Tables.text(type, "image"),
          size(type, "vcpus"),
          size(type, "memoryMib"),
          type.has("diskMib") ? type.path("diskMib").asInt() + " MiB" : "image's",
          type.path("ports").valueStream().map(JsonNode::asString).collect(Collectors.joining(",")),
          type.path("home").path("size").asString(""),
          type.path("pool").asString(""),
          Tables.text(type, "transport"),
          Tables.text(type, "restart"));
    }

    /** With that under software emulation where it is another. */
    private static String size(JsonNode type, String field) {
      String usual = type.path(field).asString();
      String emulated = type.path("emulated").path(field).asString(usual);
      return emulated.equals(usual) ? usual : usual + " (emulated " + emulated + ")";
    }
  }

  /** {@code visco type inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Shows all of a VM type as JSON.",
      footer = {"", "Example: visco type inspect browser"})
  static final class TypeInspect extends InspectCommand {
    TypeInspect(CommandContext context) {
      super(context, "/api/types/");
    }
  }
}
