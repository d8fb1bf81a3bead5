package dev.visco.cli;

import dev.visco.wire.Json;
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

/** {@code visco token}. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = "Creates, lists and revokes bearer tokens.",
    synopsisSubcommandLabel = "COMMAND")
final class TokenCommands implements Callable<Integer> {
  private final CommandContext context;

  TokenCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new TokenCommands(context))
        .addSubcommand(new TokenCreate(context))
        .addSubcommand(new TokenList(context))
        .addSubcommand(new TokenRevoke(context));
  }

  @Override
  public Integer call() {
    return new TokenList(context).call();
  }

  /** {@code visco token create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description =
          "Creates a token and prints it. It is not stored and cannot be printed again: a program takes"
              + " it from VISCO_TOKEN.",
      footer = {
        "",
        "Examples: visco token create build --role operator --expires 30d",
        "          visco token create alice-phone --user alice --read-only"
      })
  static final class TokenCreate implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the token's name in lists, log and audit")
    private String name = "";

    @Option(
        names = "--role",
        paramLabel = "ROLE",
        description = "admin, operator, or user (the default with --user)")
    private @Nullable String role;

    @Option(names = "--user", paramLabel = "USER", description = "whose VMs it is for")
    private @Nullable String user;

    @Option(names = "--read-only", description = "it changes nothing and opens no guest")
    private boolean readOnly;

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "how long it holds, like 12h or 30d (for ever)")
    private @Nullable String expires;

    @Mixin private final JsonOption json = new JsonOption();

    TokenCreate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var body = new LinkedHashMap<String, Object>();
      body.put("name", name);
      String wanted = role == null && user != null ? "user" : role;
      if (wanted != null) {
        body.put("role", wanted);
      }
      if (user != null) {
        body.put("user", user);
      }
      body.put("readOnly", readOnly);
      if (expires != null) {
        body.put("expires", expires);
      }
      JsonNode made = context.api().json("POST", "/api/tokens", body);
      context.out().println(json.isSet() ? Json.line(made) : made.path("secret").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco token ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists tokens; the tokens themselves are stored nowhere.",
      footer = {"", "Example: visco token ls"})
  static final class TokenList extends ListCommand {
    TokenList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/tokens";
    }

    @Override
    List<String> heading() {
      return List.of("TOKEN", "ROLE", "USER", "ACCESS", "CREATED", "EXPIRES", "LAST USE");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "name"),
          Tables.text(one, "role"),
          Tables.text(one, "user"),
          one.path("readOnly").asBoolean() ? "read-only" : "full",
          age(one, "created"),
          one.has("expires") ? age(one, "expires") : "never",
          one.has("lastUse") ? age(one, "lastUse") : "never");
    }
  }

  /** {@code visco token revoke}. */
  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description =
          "Revokes tokens at once, with what they have opened: commands, consoles and desktops end.",
      footer = {"", "Example: visco token revoke alice-phone"})
  static final class TokenRevoke extends RemoveCommand {
    TokenRevoke(CommandContext context) {
      super(context, "/api/tokens/");
    }
  }
}
