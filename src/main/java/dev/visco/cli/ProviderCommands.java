package dev.visco.cli;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** {@code visco provider}. */
@Command(
    name = "provider",
    aliases = "providers",
    mixinStandardHelpOptions = true,
    description = "Lists and tests the tools that users can sign in to.",
    synopsisSubcommandLabel = "COMMAND")
final class ProviderCommands implements Callable<Integer> {
  private final CommandContext context;

  ProviderCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new ProviderCommands(context))
        .addSubcommand(new ProviderList(context))
        .addSubcommand(new ProviderInspect(context))
        .addSubcommand(new ProviderTestCommand(context));
  }

  @Override
  public Integer call() {
    return new ProviderList(context).call();
  }

  /** {@code visco provider ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists the tools that users can sign in to, and by which channels.",
      footer = {"", "Example: visco provider ls"})
  static final class ProviderList extends ListCommand {
    ProviderList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/providers";
    }

    @Override
    List<String> heading() {
      return List.of("PROVIDER", "TOOL", "VERSIONS", "CHANNELS", "CREDENTIAL", "TITLE");
    }

    @Override
    Set<String> wideOnly() {
      return Set.of("TITLE");
    }

    @Override
    List<String> row(JsonNode provider) {
      JsonNode credential = provider.path("credential");
      return List.of(
          Tables.text(provider, "name"),
          Tables.text(provider, "tool"),
          words(provider.path("versions"), ""),
          words(provider.path("login"), "channel"),
          credential.path("files").isEmpty()
              ? words(credential.path("variables"), "")
              : words(credential.path("files"), "path"),
          Tables.text(provider, "title"));
    }

    private static String words(JsonNode list, String field) {
      return list.valueStream()
          .map(one -> field.isEmpty() ? one.asString() : one.path(field).asString())
          .distinct()
          .collect(Collectors.joining(","));
    }
  }

  /** {@code visco provider inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Shows all of a provider as JSON.",
      footer = {"", "Example: visco provider inspect codex"})
  static final class ProviderInspect extends InspectCommand {
    ProviderInspect(CommandContext context) {
      super(context, "/api/providers/");
    }
  }
}
