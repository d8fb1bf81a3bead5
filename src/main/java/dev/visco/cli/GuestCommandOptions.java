package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command is run in a guest; options of {@code exec} and {@code run}. */
final class GuestCommandOptions {
  @Option(
      names = {"-t", "--tty"},
      description = "runs it on this terminal")
  private boolean isTerminal;

  @Option(
      names = {"-i", "--interactive"},
      description = "passes a terminal's input on; a file's or pipe's is always passed on")
  private boolean isInteractive;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME=VALUE",
      description = "sets a variable; NAME alone passes on the caller's own")
  private void variable(String setting) {
    int at = setting.indexOf('=');
    String name = at < 0 ? setting : setting.substring(0, at);
    String value = at < 0 ? System.getenv(name) : setting.substring(at + 1);
    if (value != null) {
      variables.put(name, value);
    }
  }

  private final Map<String, String> variables = new TreeMap<>();

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "FOLDER",
      description = "runs it in this folder of the guest")
  private @Nullable String folder;

  @Option(
      names = {"-u", "--user"},
      paramLabel = "USER[:GROUP]",
      description = "runs it as this user of the guest; root by default")
  private @Nullable String user;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "ends it in the guest after this time, like 90s; exit code 124")
  private @Nullable String timeout;

  /** Whether it is to have a terminal, or what is typed. */
  boolean isInteractive() {
    return isTerminal || isInteractive;
  }

  /** Whether it is to have a terminal. */
  boolean isOnTerminal() {
    return isTerminal;
  }

  /**
   * Runs a command with this process's streams, and returns its exit code.
   *
   * @param words none for a login shell, which needs a terminal
   */
  int run(CommandContext context, DaemonClient api, String id, List<String> words)
      throws IOException {
    ExecMessage command =
        ExecMessage.start(words)
            .with(variables.isEmpty() ? null : variables, folder, user, timeout);
    if (isTerminal) {
      return TerminalClient.run(api, id, command);
    }
    try (var client = new ExecClient(context.rawOut(), context.rawErr())) {
      client.start(api, id, command);
      InputStream from =
          isInteractive || !hasTerminal() ? System.in : InputStream.nullInputStream();
      Thread input = new Thread(() -> client.pump(from), "input");
      input.setDaemon(true);
      input.start();
      return client.exitCode();
    }
  }

  private static boolean hasTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** The body of a request that runs it without streams. */
  Map<String, Object> request(List<String> words) {
    var request = new HashMap<String, Object>(Map.of("command", words, "env", variables));
    if (folder != null) {
      request.put("cwd", folder);
    }
    if (user != null) {
      request.put("user", user);
    }
    if (timeout != null) {
      request.put("timeout", timeout);
    }
    return request;
  }
}
