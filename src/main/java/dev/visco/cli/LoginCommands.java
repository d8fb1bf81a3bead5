package dev.visco.cli;

import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco logins}. */
@Command(
    name = "logins",
    mixinStandardHelpOptions = true,
    description = "Lists, shows, follows and cancels sign-ins. visco login begins one.",
    synopsisSubcommandLabel = "COMMAND")
final class LoginCommands implements Callable<Integer> {
  private static final String SESSION = "/api/auth/session/";

  private final CommandContext context;

  LoginCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new LoginCommands(context))
        .addSubcommand(new LoginList(context))
        .addSubcommand(new LoginShow(context))
        .addSubcommand(new LoginFollow(context))
        .addSubcommand(new LoginCode(context))
        .addSubcommand(new LoginDesktop(context))
        .addSubcommand(new LoginHandOver(context))
        .addSubcommand(new LoginCancel(context));
  }

  @Override
  public Integer call() {
    return new LoginList(context).call();
  }

  /** {@code visco logins ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists sign-ins, the newest first.",
      footer = {"", "Example: visco logins ls --user alice"})
  static final class LoginList extends ListCommand {
    @Option(names = "--user", paramLabel = "USER", description = "only this user's")
    private @Nullable String user;

    LoginList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/auth/sessions" + (user == null ? "" : "?user=" + ApiPath.encoded(user));
    }

    @Override
    List<String> heading() {
      return List.of("SIGN-IN", "USER", "PROVIDER", "STATE", "VM", "STARTED", "PROBLEM");
    }

    @Override
    Set<String> wideOnly() {
      return Set.of("PROBLEM");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "session"),
          Tables.text(one, "userId"),
          Tables.text(one, "provider"),
          Tables.text(one, "state"),
          one.path("active").asBoolean(false) ? Tables.text(one, "vmId") : "",
          age(one, "created"),
          Tables.text(one, "problem"));
    }
  }

  /** One sign-in, by its id. */
  abstract static class OneLogin implements Callable<Integer> {
    final CommandContext context;

    @Parameters(index = "0", paramLabel = "SIGN-IN", description = "the sign-in's id")
    private String id = "";

    OneLogin(CommandContext context) {
      this.context = context;
    }

    String id() {
      return id;
    }

    String path() {
      return SESSION + ApiPath.encoded(id);
    }

    JsonNode post(String action, @Nullable Object body) {
      return context.api().json("POST", path() + action, body);
    }
  }

  /** {@code visco logins show}. */
  @Command(
      name = "show",
      aliases = "inspect",
      mixinStandardHelpOptions = true,
      description = "Shows where a sign-in stands as JSON: its page, its code, and why it failed.",
      footer = {"", "Example: visco logins show signin-0123456789ab"})
  static final class LoginShow extends OneLogin {
    LoginShow(CommandContext context) {
      super(context);
    }

    @Override
    public Integer call() {
      context.out().println(Json.line(context.api().json("GET", path(), null)));
      return CommandExitCode.OK;
    }
  }

  /** {@code visco logins follow}. */
  @Command(
      name = "follow",
      mixinStandardHelpOptions = true,
      description = {
        "Tells what has happened in a sign-in, and goes on until it is over.",
        "Ctrl-C leaves it. The exit code is 0 when the credential is stored."
      },
      footer = {"", "Example: visco logins follow signin-0123456789ab"})
  static final class LoginFollow extends OneLogin {
    @Option(names = "--json", description = "prints each event as a line of JSON")
    private boolean isJson;

    LoginFollow(CommandContext context) {
      super(context);
    }

    @Override
    public Integer call() {
      return new LoginFollower(context, context.api(), id(), isJson, false, null).follow("");
    }
  }

  /** {@code visco logins code}. */
  @Command(
      name = "code",
      mixinStandardHelpOptions = true,
      description = "Gives the tool the code that the provider's page shows, from standard input.",
      footer = {"", "Example: visco logins code signin-0123456789ab"})
  static final class LoginCode extends OneLogin {
    LoginCode(CommandContext context) {
      super(context);
    }

    @Override
    public Integer call() throws IOException {
      String code = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip();
      context.out().println(post("/code", Map.of("code", code)).path("state").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco logins link}. */
  @Command(
      name = "link",
      mixinStandardHelpOptions = true,
      description = "Prints another link to the desktop of a sign-in. It works once.",
      footer = {"", "Example: visco logins link signin-0123456789ab"})
  static final class LoginDesktop extends OneLogin {
    LoginDesktop(CommandContext context) {
      super(context);
    }

    @Override
    public Integer call() {
      context.out().println(post("/link", null).path("desktop").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco logins hand-over}. */
  @Command(
      name = "hand-over",
      mixinStandardHelpOptions = true,
      description = {
        "Hands the desktop of a sign-in over to an operator, or back to its user.",
        "Whoever had it sees it no more. Prints a link for the new holder where that is you."
      },
      footer = {"", "Example: visco logins hand-over signin-0123456789ab operator"})
  static final class LoginHandOver extends OneLogin {
    @Parameters(index = "1", paramLabel = "HOLDER", description = "operator or user")
    private String holder = "";

    LoginHandOver(CommandContext context) {
      super(context);
    }

    @Override
    public Integer call() {
      JsonNode now = post("/hand-over", Map.of("holder", holder));
      context.out().println(now.path("desktop").asString(now.path("holder").asString()));
      return CommandExitCode.OK;
    }
  }

  /** {@code visco logins cancel}. */
  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description = "Ends a sign-in, and destroys its VM.",
      footer = {"", "Example: visco logins cancel signin-0123456789ab"})
  static final class LoginCancel extends OneLogin {
    @Mixin private final JsonOption json = new JsonOption();

    LoginCancel(CommandContext context) {
      super(context);
    }

    @Override
    public Integer call() {
      JsonNode now = post("/cancel", null);
      context.out().println(json.isSet() ? Json.line(now) : now.path("state").asString());
      return CommandExitCode.OK;
    }
  }
}
