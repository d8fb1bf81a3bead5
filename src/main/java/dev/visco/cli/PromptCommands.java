package dev.visco.cli;

import dev.visco.wire.Json;
import dev.visco.wire.PromptEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco prompts}. */
@Command(
    name = "prompts",
    mixinStandardHelpOptions = true,
    description = {
      "Lists, follows and cancels prompts that tools in VMs answer.",
      "visco prompt starts one. They go on in the guest whoever ends outside of it."
    },
    synopsisSubcommandLabel = "COMMAND")
final class PromptCommands implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new PromptCommands())
        .addSubcommand(new PromptsList(context))
        .addSubcommand(new PromptsFollow(context))
        .addSubcommand(new PromptsCancel(context));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "Missing required subcommand, like: visco prompts ls");
  }

  /** How an answer is printed. */
  static final class AnswerOptions {
    private static final int MAX_BESIDES = 10;

    @Option(
        names = {"-v", "--verbose"},
        description =
            "prints on standard error what the tool does besides, like the commands it runs")
    private boolean isVerbose;

    @Option(names = "--json", description = "prints each event as a line of JSON")
    private boolean isJson;

    /** The last of what the tool has written besides, for when it fails. */
    private final Deque<String> besides = new ArrayDeque<>();

    boolean isJson() {
      return isJson;
    }

    /** Prints events as they come; the tool's exit code if it told one. */
    OptionalInt print(CommandContext context, InputStream in) throws IOException {
      var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      OptionalInt code = OptionalInt.empty();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        PromptEvent event = Json.read(line, PromptEvent.class);
        if (isJson) {
          context.out().println(line);
        } else {
          print(context, event);
        }
        context.out().flush();
        if (event.exitCode() != null) {
          code = OptionalInt.of(event.exitCode());
        }
      }
      return code;
    }

    private void print(CommandContext context, PromptEvent event) {
      String text = event.text() == null ? "" : event.text();
      switch (event.type()) {
        case PromptEvent.CONTENT -> context.out().print(text.endsWith("\n") ? text : text + "\n");
        case PromptEvent.ERROR -> context.err().println("visco: the tool says: " + text);
        case PromptEvent.TOOL -> besides(context, "uses " + used(event));
        case PromptEvent.LOG -> besides(context, text);
        case PromptEvent.DONE -> {
          if (event.exitCode() != null && event.exitCode() != 0) {
            besides.forEach(context.err()::println);
          }
          if (Boolean.TRUE.equals(event.needsSignIn())) {
            context.err().println("visco: the tool has to be signed in again.");
          }
          if (Boolean.TRUE.equals(event.timedOut())) {
            context.err().println("visco: its time was up, and it was ended.");
          }
        }
        default -> {} // Of no use to people.
      }
    }

    private static String used(PromptEvent event) {
      PromptEvent.ToolUse tool = event.tool();
      if (tool == null) {
        return "a tool";
      }
      return tool.name() + (tool.input() == null ? "" : " " + Json.line(tool.input()).strip());
    }

    private void besides(CommandContext context, String text) {
      if (isVerbose) {
        context.err().println(text);
        return;
      }
      besides.addLast(text);
      if (besides.size() > MAX_BESIDES) {
        besides.removeFirst();
      }
    }
  }

  private static int answer(
      CommandContext context,
      AnswerOptions options,
      String path,
      String method,
      @Nullable Object body) {
    OptionalInt[] code = {OptionalInt.empty()};
    context.api().stream(
        method,
        path,
        body,
        Map.of("Accept", "application/x-ndjson"),
        in -> code[0] = options.print(context, in));
    return code[0].orElseThrow(() ->
        new ApiException(
            "The answer ended before the tool had: visco prompts ls tells how it goes on.",
            CommandExitCode.REFUSED));
  }

  /** {@code visco prompt}. */
  @Command(
      name = "prompt",
      mixinStandardHelpOptions = true,
      description = {
        "Has a tool in a user's VM answer a prompt, and prints its answer as it comes.",
        "The exit code is the tool's, 125 when visco failed. Ctrl-C leaves the tool running."
      },
      footer = {
        "",
        "Examples: visco prompt codex --user alice 'Write a README for /srv/app'",
        "          visco prompt claude-code --user alice - < task.txt",
        "          visco prompt claude-code --vm vm-12 -a --model -a sonnet 'Fix the tests'"
      })
  static final class PromptCommand implements Callable<Integer>, RunsInGuest {
    private final CommandContext context;

    @Option(
        names = "--user",
        paramLabel = "USER",
        description = "whose VM (the token's own, else operator)")
    private @Nullable String user;

    @Option(
        names = "--vm",
        paramLabel = "VM",
        description = "which VM, where the user has several that are ready")
    private @Nullable String vm;

    @Option(
        names = {"-w", "--workdir"},
        paramLabel = "FOLDER",
        description = "the folder of the guest in which the tool works")
    private @Nullable String folder;

    @Option(
        names = {"-e", "--env"},
        paramLabel = "NAME=VALUE",
        description = "sets a variable; may be repeated")
    private Map<String, String> variables = new TreeMap<>();

    @Option(
        names = {"-a", "--tool-arg"},
        paramLabel = "ARGUMENT",
        description = "a further argument of the tool; may be repeated")
    private List<String> arguments = new ArrayList<>();

    @Option(
        names = "--timeout",
        paramLabel = "TIME",
        description = "ends the tool after this time, like 10m; exit code 124")
    private @Nullable String timeout;

    @Option(
        names = {"-d", "--detach"},
        description = "prints the prompt's id and leaves it running: visco prompts follow ID")
    private boolean isDetached;

    @Mixin private final AnswerOptions answer = new AnswerOptions();

    @Parameters(
        index = "0",
        paramLabel = "PROVIDER",
        description = "whose tool, as visco provider ls tells")
    private String provider = "";

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "PROMPT",
        description = "what the tool shall do; - reads it from standard input")
    private List<String> words = new ArrayList<>();

    PromptCommand(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() throws IOException {
      DaemonClient api = context.api();
      var options = new HashMap<String, Object>();
      put(options, "cwd", folder);
      put(options, "timeout", timeout);
      put(options, "env", variables.isEmpty() ? null : variables);
      put(options, "arguments", arguments.isEmpty() ? null : arguments);
      var asked = new HashMap<String, Object>();
      asked.put("userId", ApiPath.user(api, user));
      asked.put("provider", provider);
      asked.put("prompt", prompt());
      asked.put("options", options);
      put(asked, "vm", vm);
      if (!isDetached) {
        return answer(context, answer, "/api/prompts/execute", "POST", asked);
      }
      JsonNode started = api.json("POST", "/api/prompts/execute?detach=true", asked);
      context
          .out()
          .println(answer.isJson() ? Json.line(started) : started.path("prompt").asString());
      return CommandExitCode.OK;
    }

    private static void put(Map<String, Object> map, String name, @Nullable Object value) {
      if (value != null) {
        map.put(name, value);
      }
    }

    private String prompt() throws IOException {
      return words.equals(List.of("-"))
          ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
          : String.join(" ", words);
    }
  }

  /** {@code visco prompts ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists the prompts of a user's VMs that are ready, the newest first.",
      footer = {"", "Example: visco prompts ls --user alice"})
  static final class PromptsList extends ListCommand {
    private final CommandContext context;

    @Option(
        names = "--user",
        paramLabel = "USER",
        description = "whose VMs (the token's own, else operator)")
    private @Nullable String user;

    @Option(names = "--vm", paramLabel = "VM", description = "of this VM alone")
    private @Nullable String vm;

    PromptsList(CommandContext context) {
      super(context);
      this.context = context;
    }

    @Override
    String route() {
      String path = "/api/prompts?user=" + ApiPath.encoded(ApiPath.user(context.api(), user));
      return vm == null ? path : path + "&vm=" + ApiPath.encoded(vm);
    }

    @Override
    List<String> heading() {
      return List.of("PROMPT", "PROVIDER", "VM", "STATE", "EXIT", "STARTED");
    }

    @Override
    List<String> row(JsonNode prompt) {
      return List.of(
          Tables.text(prompt, "prompt"),
          Tables.text(prompt, "provider"),
          Tables.text(prompt, "vmId"),
          Tables.text(prompt, "state")
              + (prompt.path("timedOut").asBoolean(false) ? " (timeout)" : ""),
          Tables.text(prompt, "exitCode"),
          age(prompt, "started"));
    }
  }

  /** {@code visco prompts follow}. */
  @Command(
      name = "follow",
      mixinStandardHelpOptions = true,
      description = {
        "Prints what a tool has answered, and goes on until it ends.",
        "The exit code is the tool's. Ctrl-C leaves it running."
      },
      footer = {"", "Example: visco prompts follow prompt-0123abcd-0123456789abcdef"})
  static final class PromptsFollow implements Callable<Integer>, RunsInGuest {
    private final CommandContext context;

    @Parameters(paramLabel = "PROMPT", description = "the prompt's id")
    private String prompt = "";

    @Mixin private final AnswerOptions answer = new AnswerOptions();

    PromptsFollow(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      String path = "/api/prompts/" + ApiPath.encoded(prompt) + "/events?follow=true";
      return answer(context, answer, path, "GET", null);
    }
  }

  /** {@code visco prompts cancel}. */
  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description = "Ends a tool that answers a prompt, and the programs that it has started.",
      footer = {"", "Example: visco prompts cancel prompt-0123abcd-0123456789abcdef"})
  static final class PromptsCancel implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "PROMPT", description = "the prompt's id")
    private String prompt = "";

    @Mixin private final JsonOption json = new JsonOption();

    PromptsCancel(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode now =
          context.api().json("POST", "/api/prompts/" + ApiPath.encoded(prompt) + "/cancel", null);
      context.out().println(json.isSet() ? Json.line(now) : now.path("prompt").asString());
      return CommandExitCode.OK;
    }
  }
}
