package dev.visco.cli;

import dev.visco.cli.DesktopCommands.LinkOpener;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Tells how a sign-in goes until it is over, and helps whoever signs in. */
final class LoginFollower {
  private static final Duration HEART_BEAT = Duration.ofMinutes(1);

  private final CommandContext context;
  private final DaemonClient api;
  private final String id;
  private final boolean isJson;
  private final boolean isHere;
  private final @Nullable LinkOpener opener;
  private @Nullable PortClient client;
  private @Nullable ForwardedPort forwarded;
  private @Nullable Thread asking;
  private String shown = "";
  private String typed = "";
  private volatile boolean isOver;
  private int exitCode = CommandExitCode.FAILED;

  /**
   * @param isHere whether the provider's page opens in the browser of whoever sits here
   * @param opener null to open nothing
   */
  LoginFollower(
      CommandContext context,
      DaemonClient api,
      String id,
      boolean isJson,
      boolean isHere,
      @Nullable LinkOpener opener) {
    this.context = context;
    this.api = api;
    this.id = id;
    this.isJson = isJson;
    this.isHere = isHere;
    this.opener = opener;
  }

  boolean isOver() {
    return isOver;
  }

  private String path() {
    return "/api/auth/session/" + ApiPath.encoded(id);
  }

  /** Shows a link to the desktop where the user signs in. */
  void desktop(String link) {
    context.out().println("Sign in on this desktop: " + link);
    show(link);
  }

  private void show(String link) {
    if (opener != null && opener.isThere()) {
      opener.show(link);
      context.err().println("visco: opened in your browser (--print only prints the link)");
    }
  }

  /**
   * Follows it to its end.
   *
   * @param vm its VM
   */
  int follow(String vm) {
    Thread beating = Thread.ofVirtual().name("heartbeat of " + id).start(this::beat);
    try {
      new EventFollower(api, path() + "/events", "").follow(event -> told(event, vm));
      return exitCode;
    } finally {
      isOver = true;
      beating.interrupt();
      if (asking != null) {
        asking.interrupt();
      }
      if (forwarded != null) {
        forwarded.close();
      }
      if (client != null) {
        client.close();
      }
    }
  }

  /** As long as somebody follows it, its user is there. */
  private void beat() {
    while (!isOver) {
      try {
        Thread.sleep(HEART_BEAT);
        api.json("POST", path() + "/heartbeat", null);
      } catch (InterruptedException e) {
        return;
      } catch (ApiException e) {
        // It is over, or the daemon is away; whoever follows sees which.
      }
    }
  }

  private boolean told(JsonNode event, String vm) {
    String type = event.path("type").asString();
    boolean isLast = event.path("over").asBoolean(false);
    if (isLast) {
      isOver = true;
      exitCode =
          type.equals("delivered") || type.equals("stored")
              ? CommandExitCode.OK
              : CommandExitCode.FAILED;
    }
    if (isJson) {
      context.out().println(Json.line(event));
    } else {
      (isLast && exitCode != CommandExitCode.OK ? context.err() : context.out())
          .println(type + ": " + event.path("text").asString());
      help(event, vm);
    }
    context.out().flush();
    return !isLast;
  }

  private void help(JsonNode event, String vm) {
    String link = event.path("link").asString("");
    String code = event.path("code").asString("");
    if (!code.isEmpty() && !code.equals(typed)) {
      typed = code;
      context.out().println("Type this code: " + code + " at " + link);
    }
    if (isHere && !link.isEmpty() && !link.equals(shown)) {
      shown = link;
      if (event.has("callbackPort")) {
        forward(vm, event.path("callbackPort").asInt());
      }
      context.out().println("Sign in at " + link);
      show(link);
    }
    if (!event.path("pasteLink").asString("").isEmpty() && !event.has("callbackPort")) {
      askForCode();
    }
  }

  /** The provider's page comes back to the localhost of its browser, which is ours. */
  private void forward(String vm, int port) {
    if (forwarded != null) {
      return;
    }
    try {
      PortClient opened = new PortClient(api, vm);
      client = opened;
      ForwardedPort started = ForwardedPort.open(context, opened, "127.0.0.1", port, port);
      started.start();
      forwarded = started;
    } catch (IOException e) {
      throw new ApiException(
          "Port " + port + " cannot be passed on: " + e.getMessage(), CommandExitCode.FAILED);
    }
  }

  private void askForCode() {
    if (asking != null) {
      return;
    }
    context.out().println("Paste the code that the page shows, and press Enter:");
    asking = Thread.ofVirtual().name("code for " + id).start(this::readCodes);
  }

  private void readCodes() {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String line = lines.readLine(); line != null && !isOver; line = lines.readLine()) {
        if (!line.isBlank()) {
          paste(line.strip());
        }
      }
    } catch (IOException e) {
      context.err().println("visco: standard input: " + e.getMessage());
    }
  }

  private void paste(String code) {
    try {
      api.json("POST", path() + "/code", Map.of("code", code));
    } catch (ApiException e) {
      context.err().println("visco: " + e.getMessage());
    }
  }
}
