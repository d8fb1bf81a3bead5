package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

/** {@code visco webhook}. */
@Command(
    name = "webhook",
    mixinStandardHelpOptions = true,
    description = "Creates, lists, tests and removes webhooks: URLs that are told of events.",
    synopsisSubcommandLabel = "COMMAND")
final class WebhookCommands implements Callable<Integer> {
  private static final String PATH = "/api/webhooks/";

  private final CommandContext context;

  WebhookCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new WebhookCommands(context))
        .addSubcommand(new WebhookCreate(context))
        .addSubcommand(new WebhookList(context))
        .addSubcommand(new WebhookTest(context))
        .addSubcommand(new WebhookDeliveries(context))
        .addSubcommand(new WebhookEnable(context))
        .addSubcommand(new WebhookRemove(context));
  }

  @Override
  public Integer call() {
    return new WebhookList(context).call();
  }

  /** {@code visco webhook create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description =
          "Has a URL told of events from now on, and prints the webhook's id and its secret. The secret"
              + " is not printed again: the receiver checks signatures with it.",
      footer = {
        "",
        "Example: visco webhook create https://app.example/visco-events --kind vm-ready,vm-failed"
      })
  static final class WebhookCreate implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "URL", description = "where each event is sent, by POST")
    private String url = "";

    @Mixin private final EventSelection selection = new EventSelection();

    @Option(
        names = "--secret",
        paramLabel = "SECRET",
        description = "whsec_ and base64 of 24 to 64 bytes that the receiver knows (a new one)")
    private @Nullable String secret;

    @Mixin private final JsonOption json = new JsonOption();

    WebhookCreate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var body = new LinkedHashMap<String, Object>(Map.of("url", url, "kinds", selection.kinds()));
      if (selection.user() != null) {
        body.put("user", selection.user());
      }
      if (secret != null) {
        body.put("secret", secret);
      }
      JsonNode made = context.api().json("POST", "/api/webhooks", body);
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(made)
                  : made.path("id").asString() + "  " + made.path("secret").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco webhook ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists webhooks, and since when one fails.",
      footer = {"", "Example: visco webhook ls"})
  static final class WebhookList extends ListCommand {
    WebhookList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/webhooks";
    }

    @Override
    List<String> heading() {
      return List.of("WEBHOOK", "STATE", "FAILS SINCE", "USER", "KINDS", "URL");
    }

    @Override
    List<String> row(JsonNode one) {
      var kinds = new ArrayList<String>();
      one.path("kinds").forEach(kind -> kinds.add(kind.asString()));
      return List.of(
          Tables.text(one, "id"),
          Tables.text(one, "state"),
          one.has("failingSince") ? age(one, "failingSince") : "-",
          one.has("user") ? Tables.text(one, "user") : "all",
          kinds.isEmpty() ? "all" : String.join(",", kinds),
          Tables.text(one, "url"));
    }
  }

  /** {@code visco webhook test}. */
  @Command(
      name = "test",
      mixinStandardHelpOptions = true,
      description =
          "Sends a webhook a test event, once and now; exits with 1 if it does not arrive.",
      footer = {"", "Example: visco webhook test wh-3f2a91c0"})
  static final class WebhookTest implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "WEBHOOK", description = "the webhook's id")
    private String id = "";

    @Mixin private final JsonOption json = new JsonOption();

    WebhookTest(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode came = context.api().json("POST", PATH + ApiPath.encoded(id) + "/test", Map.of());
      boolean isGood = !came.has("error");
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(came)
                  : isGood
                      ? "it answered " + came.path("status").asString()
                      : "it did not arrive: " + came.path("error").asString());
      return isGood ? CommandExitCode.OK : CommandExitCode.FAILED;
    }
  }

  /** {@code visco webhook deliveries}. */
  @Command(
      name = "deliveries",
      mixinStandardHelpOptions = true,
      description = "Lists what a webhook was sent and is to be sent, the oldest first.",
      footer = {"", "Example: visco webhook deliveries wh-3f2a91c0 --state failed"})
  static final class WebhookDeliveries extends ListCommand {
    @Parameters(paramLabel = "WEBHOOK", description = "the webhook's id")
    private String id = "";

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "only pending, delivered or failed ones")
    private @Nullable String state;

    WebhookDeliveries(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return PATH
          + ApiPath.encoded(id)
          + "/deliveries"
          + (state == null ? "" : "?state=" + ApiPath.encoded(state));
    }

    @Override
    boolean isLog() {
      return true;
    }

    @Override
    List<String> heading() {
      return List.of("EVENT", "KIND", "STATE", "TRIES", "LAST", "NEXT", "STATUS", "ERROR");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "event"),
          Tables.text(one, "kind"),
          Tables.text(one, "state"),
          Tables.text(one, "tries"),
          age(one, "changed"),
          Tables.text(one, "next"),
          Tables.text(one, "status"),
          Tables.text(one, "error"));
    }
  }

  /** {@code visco webhook enable}. */
  @Command(
      name = "enable",
      mixinStandardHelpOptions = true,
      description = "Has a disabled webhook told of events from now on.",
      footer = {"", "Example: visco webhook enable wh-3f2a91c0"})
  static final class WebhookEnable implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "WEBHOOK", description = "the webhook's id")
    private String id = "";

    @Mixin private final JsonOption json = new JsonOption();

    WebhookEnable(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode now = context.api().json("POST", PATH + ApiPath.encoded(id) + "/enable", Map.of());
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(now)
                  : now.path("id").asString() + " is " + now.path("state").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco webhook rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Removes webhooks with their deliveries.",
      footer = {"", "Example: visco webhook rm wh-3f2a91c0"})
  static final class WebhookRemove extends RemoveCommand {
    WebhookRemove(CommandContext context) {
      super(context, PATH);
    }
  }
}
