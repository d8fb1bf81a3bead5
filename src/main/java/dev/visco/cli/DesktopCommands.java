package dev.visco.cli;

import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco open} and {@code visco views}. */
final class DesktopCommands {
  private DesktopCommands() {}

  /** A ticket for a VM's desktop, with its link. */
  static JsonNode ticket(DaemonClient api, String id, boolean viewOnly) {
    return api.json("POST", "/api/vms/" + id + "/tickets", Map.of("viewOnly", viewOnly));
  }

  /** {@code visco open}. */
  @Command(
      name = "open",
      mixinStandardHelpOptions = true,
      description =
          "Prints a link to a VM's desktop, and opens it in a browser if this host has a screen. A link"
              + " works once, within 30 seconds.",
      footer = {"", "Example: visco open vm-12"})
  static final class DesktopOpen implements Callable<Integer> {
    private final CommandContext context;
    private final LinkOpener opener;

    @Option(
        names = "--view-only",
        description = "the viewer sees the desktop but cannot type or click")
    private boolean viewOnly;

    @Option(names = "--print", description = "only prints the link")
    private boolean print;

    @Mixin private final JsonOption json = new JsonOption();

    @Mixin private final VmParameter target = new VmParameter();

    DesktopOpen(CommandContext context, LinkOpener opener) {
      this.context = context;
      this.opener = opener;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode ticket = ticket(api, target.id(api), viewOnly);
      String link = ticket.path("link").asString();
      context.out().println(json.isSet() ? Json.line(ticket) : link);
      if (!print && !json.isSet() && opener.isThere()) {
        opener.show(link);
        context.err().println("visco: opened in your browser (--print only prints the link)");
      }
      return CommandExitCode.OK;
    }
  }

  /** {@code visco views}. */
  @Command(
      name = "views",
      mixinStandardHelpOptions = true,
      description = "Lists who viewed a VM's desktop, from where and when.",
      footer = {"", "Example: visco views vm-12"})
  static final class DesktopViews implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final JsonOption json = new JsonOption();

    @Mixin private final VmParameter target = new VmParameter();

    DesktopViews(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String id = target.id(api);
      JsonNode views = api.json("GET", "/api/vms/" + id + "/views", null);
      if (json.isSet()) {
        context.out().println(Json.line(Tables.oldestFirst(views)));
        return CommandExitCode.OK;
      }
      var rows = new ArrayList<List<String>>();
      for (JsonNode view : views) {
        rows.addFirst(
            List.of(
                Tables.text(view, "began"),
                view.has("ended") ? view.path("ended").asString() : "(looks now)",
                Tables.text(view, "user"),
                Tables.text(view, "from"),
                view.path("viewOnly").asBoolean() ? "view only" : ""));
      }
      rows.addFirst(List.of("BEGAN", "ENDED", "USER", "FROM", ""));
      context.out().print(Tables.columns(rows));
      return CommandExitCode.OK;
    }
  }

  /** Opens links in the browser of whoever sits at this host. */
  record LinkOpener(Map<String, String> environment, boolean isTerminal, Host host, Path folder) {
    boolean isThere() {
      return isTerminal
          && (!environment.getOrDefault("DISPLAY", "").isEmpty()
              || !environment.getOrDefault("WAYLAND_DISPLAY", "").isEmpty());
    }

    /**
     * Writes a page that redirects to the link and that only its owner can read, and opens that:
     * other users of this host can read a process's arguments, and the link is a secret until it is
     * used. The page is deleted when the next one is written; its ticket has expired by then.
     */
    void show(String link) {
      try {
        removeEarlier();
        Path page = Files.createTempFile(folder, "visco-open-", ".html");
        Files.writeString(page, page(link), StandardCharsets.UTF_8);
        // xdg-open needs the environment of the user's session.
        host.start(
            new Detached(List.of("xdg-open", page.toString()), Path.of("/dev/null"))
                .withEnvironment(environment));
      } catch (IOException e) {
        throw new ApiException(
            "The link cannot be opened: " + e.getMessage() + ". Open it yourself.",
            CommandExitCode.FAILED);
      }
    }

    private void removeEarlier() throws IOException {
      try (var pages = Files.newDirectoryStream(folder, "visco-open-*.html")) {
        for (Path page : pages) {
          if (Files.isReadable(page)) { // Other users' pages are not.
            Files.deleteIfExists(page);
          }
        }
      }
    }

    private static String page(String link) {
      return "<!doctype html><meta charset=\"utf-8\"><title>Visco</title>"
          + "<meta http-equiv=\"refresh\" content=\"0;url="
          + link.replace("&", "&amp;").replace("\"", "&quot;")
          + "\">\n";
    }
  }
}
