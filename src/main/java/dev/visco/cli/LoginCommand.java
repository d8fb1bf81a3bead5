package dev.visco.cli;

import dev.visco.cli.DesktopCommands.LinkOpener;
import dev.visco.wire.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco login}. */
@Command(
    name = "login",
    mixinStandardHelpOptions = true,
    description = {
      "Signs a user's tool in, in a VM that exists for it, and tells how it goes.",
      "The provider's page opens on that VM's desktop, to which a link is printed. Once it is done the",
      "tool works in the user's own VMs. Ctrl-C cancels it."
    },
    footer = {
      "",
      "Examples: visco login codex --user alice",
      "          visco login claude-code --user alice --here",
      "          visco login github --user alice --device"
    })
final class LoginCommand implements Callable<Integer> {
  private final CommandContext context;
  private final LinkOpener opener;

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "who signs in (the token's own, else operator)")
  private @Nullable String user;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "by which several credentials for a provider are told apart (default)")
  private @Nullable String name;

  @Option(
      names = "--here",
      description =
          "the page opens in your own browser, and what comes back to your localhost is passed on")
  private boolean isHere;

  @Option(
      names = "--device",
      description = "by a code that is typed into the provider's page on any device")
  private boolean isDevice;

  @Option(
      names = "--method",
      paramLabel = "NUMBER",
      description = "which of the provider's ways, from 0, as visco provider inspect shows them")
  private @Nullable Integer method;

  @Option(
      names = "--rotate",
      description = "replaces a credential that there is; refused when there is none")
  private boolean isRotation;

  @Option(
      names = {"-d", "--detach"},
      description = "prints the sign-in's id and the link, and leaves it: visco logins follow ID")
  private boolean isDetached;

  @Option(names = "--print", description = "only prints links, and opens none")
  private boolean isPrint;

  @Option(names = "--json", description = "prints each event as a line of JSON")
  private boolean isJson;

  @Parameters(paramLabel = "PROVIDER", description = "whose tool, as visco provider ls tells")
  private String provider = "";

  LoginCommand(CommandContext context, LinkOpener opener) {
    this.context = context;
    this.opener = opener;
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    JsonNode started =
        api.json("POST", isRotation ? "/api/auth/rotate" : "/api/auth/start", asked(api));
    String id = started.path("session").asString();
    String desktop = started.path("desktop").asString("");
    if (isDetached) {
      context.out().println(isJson ? Json.line(started) : id + (isHere ? "" : " " + desktop));
      return CommandExitCode.OK;
    }
    LinkOpener shown = isPrint ? null : opener;
    var follower = new LoginFollower(context, api, id, isJson, isHere, shown);
    if (!isHere && !isJson) {
      follower.desktop(desktop);
    }
    var cancelling =
        new Thread(() -> {
          if (!follower.isOver()) {
            api.json("POST", "/api/auth/session/" + id + "/cancel", null);
          }
        });
    Runtime.getRuntime().addShutdownHook(cancelling);
    try {
      return follower.follow(started.path("vmId").asString(""));
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(cancelling);
      } catch (IllegalStateException e) {
        // Ctrl-C came first.
      }
    }
  }

  private Map<String, Object> asked(DaemonClient api) {
    var asked = new HashMap<String, Object>();
    asked.put("userId", ApiPath.user(api, user));
    asked.put("provider", provider);
    asked.put("device", isDevice);
    asked.put("elsewhere", isHere);
    if (name != null) {
      asked.put("name", name);
    }
    if (method != null) {
      asked.put("method", method);
    }
    return asked;
  }
}
