package dev.visco.cli;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** {@code visco pool}. */
@Command(
    name = "pool",
    aliases = "pools",
    mixinStandardHelpOptions = true,
    description = "Lists the pools of VMs that wait, ready, for whoever creates the next one.",
    synopsisSubcommandLabel = "COMMAND")
final class PoolCommands implements Callable<Integer> {
  private final CommandContext context;

  PoolCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new PoolCommands(context)).addSubcommand(new PoolList(context));
  }

  @Override
  public Integer call() {
    return new PoolList(context).call();
  }

  /** {@code visco pool ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description =
          "Lists the pools with how many VMs wait, and what became of requests for their types.",
      footer = {"", "Example: visco pool ls"})
  static final class PoolList extends ListCommand {
    PoolList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/pools";
    }

    @Override
    List<String> heading() {
      return List.of(
          "TYPE",
          "SIZE",
          "READY",
          "STARTING",
          "FAILED",
          "OLDEST",
          "TAKEN",
          "CLONED",
          "BOOTED",
          "OTHER",
          "TEMPLATE",
          "PROBLEM");
    }

    @Override
    Set<String> wideOnly() {
      return Set.of("OTHER", "TEMPLATE");
    }

    @Override
    List<String> row(JsonNode pool) {
      return List.of(
          Tables.text(pool, "type"),
          Tables.text(pool, "size"),
          Tables.text(pool, "ready"),
          Tables.text(pool, "starting"),
          Tables.text(pool, "failed"),
          age(pool, "oldest"),
          Tables.text(pool, "taken"),
          Tables.text(pool, "cloned"),
          Tables.text(pool, "booted"),
          Tables.text(pool, "other"),
          pool.path("template").asString(""),
          pool.path("problem").asString(""));
    }
  }
}
