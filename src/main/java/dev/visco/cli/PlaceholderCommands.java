package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco placeholder}. */
@Command(
    name = "placeholder",
    mixinStandardHelpOptions = true,
    description =
        "Says which of a user's credentials are placeholders in their VMs, for which the secret is put"
            + " into requests on their way out.",
    synopsisSubcommandLabel = "COMMAND")
final class PlaceholderCommands implements Runnable {
  private PlaceholderCommands() {}

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new PlaceholderCommands())
        .addSubcommand(new PlaceholderList(context))
        .addSubcommand(new PlaceholderSet(context))
        .addSubcommand(new PlaceholderAuthority(context));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        new CommandLine(this), "Name a command: ls, set or ca.");
  }

  private static String path(String user) {
    return "/api/users/" + ApiPath.encoded(user) + "/placeholders";
  }

  /** {@code visco placeholder ls}. */
  @Command(
      name = "ls",
      aliases = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the providers whose credentials may be placeholders.",
      footer = {"", "Example: visco placeholder ls --user alice"})
  static final class PlaceholderList extends ListCommand {
    @Option(names = "--user", paramLabel = "USER", required = true, description = "whose VMs")
    private String user = "";

    PlaceholderList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return path(user);
    }

    @Override
    List<String> heading() {
      return List.of("PROVIDER", "IN VMS", "CHOSEN", "HOSTS", "VMS");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "provider"),
          one.path("used").asBoolean() ? "placeholder" : "credential",
          one.path("chosen").asBoolean() ? "yes" : "default",
          words(one.path("hosts")),
          words(one.path("vms")));
    }

    private static String words(JsonNode list) {
      var words = new ArrayList<String>();
      list.forEach(one -> words.add(one.asString("")));
      return words.isEmpty() ? "-" : String.join(",", words);
    }
  }

  /** {@code visco placeholder set}. */
  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description =
          "Chooses what a user's VMs get from the next delivery on: a placeholder, or the credential"
              + " itself.",
      footer = {"", "Example: visco placeholder set claude-code --user alice --off"})
  static final class PlaceholderSet implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "PROVIDER", description = "the provider's name")
    private String provider = "";

    @Option(names = "--user", paramLabel = "USER", required = true, description = "whose VMs")
    private String user = "";

    @ArgGroup(multiplicity = "1")
    private @Nullable Choice choice;

    @Mixin private final JsonOption json = new JsonOption();

    PlaceholderSet(CommandContext context) {
      this.context = context;
    }

    /** One of three. */
    static final class Choice {
      @Option(names = "--on", description = "a placeholder")
      private boolean on;

      @Option(names = "--off", description = "the credential itself")
      private boolean off;

      @Option(names = "--default", description = "no choice: a placeholder")
      private boolean byDefault;

      /** Whether a placeholder is used; null for the default. */
      @Nullable Boolean used() {
        return byDefault ? null : Boolean.valueOf(on && !off);
      }
    }

    @Override
    public Integer call() {
      Boolean used = Objects.requireNonNull(choice).used();
      String route = path(user) + "/" + ApiPath.encoded(provider);
      JsonNode now =
          used == null
              ? context.api().json("DELETE", route, null)
              : context.api().json("PUT", route, Map.of("used", used));
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(now)
                  : now.path("used").asBoolean() ? "placeholder" : "credential");
      return CommandExitCode.OK;
    }
  }

  /** {@code visco placeholder ca}. */
  @Command(
      name = "ca",
      mixinStandardHelpOptions = true,
      description = {
        "Prints the certificate that a user's guests have to trust for a provider's hosts, in PEM.",
        "It is put into VMs by itself; tools with a list of their own need it here."
      },
      footer = {"", "Example: visco placeholder ca github --user alice"})
  static final class PlaceholderAuthority implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "PROVIDER", description = "the provider's name")
    private String provider = "";

    @Option(names = "--user", paramLabel = "USER", required = true, description = "whose VMs")
    private String user = "";

    PlaceholderAuthority(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      for (JsonNode one : context.api().list(path(user))) {
        if (one.path("provider").asString("").equals(provider) && one.has("authority")) {
          context.out().print(one.path("authority").asString(""));
          context.out().flush();
          return CommandExitCode.OK;
        }
      }
      throw Refused.invalid(
          "PROVIDER",
          provider,
          "has no certificate for this user",
          "There is one once a placeholder was put into a VM.");
    }
  }
}
