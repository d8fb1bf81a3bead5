package dev.visco.cli;

import dev.visco.wire.ExecEvent;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco execs}: commands that {@code visco exec -d} has started. */
@Command(
    name = "execs",
    mixinStandardHelpOptions = true,
    description = {
      "Lists, follows, waits for and ends commands that run detached in a VM.",
      "visco exec -d starts one. They run on in the guest whoever ends outside of it."
    },
    synopsisSubcommandLabel = "COMMAND")
final class ExecsCommands implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new ExecsCommands())
        .addSubcommand(new ExecsList(context))
        .addSubcommand(new ExecsAttach(context))
        .addSubcommand(new ExecsLogs(context))
        .addSubcommand(new ExecsWait(context))
        .addSubcommand(new ExecsKill(context))
        .addSubcommand(new ExecsRemove(context));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "Missing required subcommand, like: visco execs ls VM");
  }

  /** The parameters {@code VM EXEC} of a command. */
  static final class ExecParameter {
    @Mixin private final VmParameter target = new VmParameter();

    @Parameters(
        index = "1",
        paramLabel = "EXEC",
        description = "the id that visco exec -d printed, or a unique prefix of it")
    private String name = "";

    /** The path of the command in the API. */
    String path(DaemonClient api) {
      String vm = target.id(api);
      return "/api/vms/" + vm + "/execs/" + whole(api, vm, name);
    }

    static String whole(DaemonClient api, String vm, String name) {
      if (name.matches("ex-[0-9a-f]{16}")) {
        return name;
      }
      var found = new ArrayList<String>();
      for (JsonNode one : api.json("GET", "/api/vms/" + vm + "/execs", null)) {
        String id = one.path("exec").asString();
        if (id.startsWith(name) || id.startsWith("ex-" + name)) {
          found.add(id);
        }
      }
      if (found.size() == 1) {
        return found.getFirst();
      }
      throw new ApiException(
          found.isEmpty()
              ? "There is no command \"" + name + "\". visco execs ls " + vm + " lists them."
              : "\"" + name + "\" may be any of " + String.join(", ", found) + ".",
          found.isEmpty() ? CommandExitCode.NOT_FOUND : CommandExitCode.REFUSED);
    }
  }

  /** {@code visco execs ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists a VM's detached commands, the newest first; 64 that ended are kept.",
      footer = {"", "Example: visco execs ls vm-12"})
  static final class ExecsList implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Option(
        names = {"-q", "--quiet"},
        description = "prints ids alone")
    private boolean isQuiet;

    @Mixin private final JsonOption json = new JsonOption();

    ExecsList(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode all = api.json("GET", "/api/vms/" + target.id(api) + "/execs", null);
      if (json.isSet()) {
        context.out().println(Json.line(all));
        return CommandExitCode.OK;
      }
      var rows = new ArrayList<List<String>>();
      if (!isQuiet) {
        rows.add(List.of("EXEC", "STATE", "EXIT", "STARTED", "COMMAND"));
      }
      for (JsonNode one : all) {
        String id = one.path("exec").asString();
        rows.add(isQuiet ? List.of(id) : row(id, one));
      }
      context.out().print(Tables.columns(rows));
      return CommandExitCode.OK;
    }

    private static List<String> row(String id, JsonNode one) {
      String command =
          one.path("command")
              .valueStream()
              .map(JsonNode::asString)
              .collect(Collectors.joining(" "));
      return List.of(
          id,
          one.path("state").asString()
              + (one.path("timedOut").asBoolean(false) ? " (timeout)" : ""),
          Tables.text(one, "exitCode"),
          one.path("started").asString(),
          command.length() > 60 ? command.substring(0, 59) + "…" : command);
    }
  }

  /** Passes on what a command has written; its exit code if it told one. */
  private static OptionalInt output(CommandContext context, DaemonClient api, String path) {
    OptionalInt[] code = {OptionalInt.empty()};
    api.stream("GET", path, null, in -> code[0] = events(context, in));
    return code[0];
  }

  private static OptionalInt events(CommandContext context, InputStream in) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    OptionalInt code = OptionalInt.empty();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      ExecEvent event = Json.read(line, ExecEvent.class);
      if (event.data() != null) {
        OutputStream to =
            event.type().equals(ExecEvent.ERRORS) ? context.rawErr() : context.rawOut();
        to.write(event.data());
        to.flush();
      } else if (event.exitCode() != null) {
        code = OptionalInt.of(event.exitCode());
      } else if (event.detail() != null) {
        throw new ApiException(event.detail(), CommandExitCode.REFUSED);
      }
    }
    return code;
  }

  /** {@code visco execs attach}. */
  @Command(
      name = "attach",
      mixinStandardHelpOptions = true,
      description = {
        "Prints what a detached command has written, and goes on until it ends.",
        "Its exit code is the command's. Ctrl-C leaves it running."
      },
      footer = {"", "Example: visco execs attach vm-12 ex-0197"})
  static final class ExecsAttach implements Callable<Integer>, RunsInGuest {
    private final CommandContext context;

    @Mixin private final ExecParameter exec = new ExecParameter();

    ExecsAttach(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String path = exec.path(api) + "/output?follow=true";
      return output(context, api, path)
          .orElseThrow(() ->
              new ApiException(
                  "The daemon ended the output before the command had ended.",
                  CommandExitCode.REFUSED));
    }
  }

  /** {@code visco execs logs}. */
  @Command(
      name = "logs",
      mixinStandardHelpOptions = true,
      description = "Prints what a detached command has written until now.",
      footer = {"", "Example: visco execs logs vm-12 ex-0197"})
  static final class ExecsLogs implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final ExecParameter exec = new ExecParameter();

    ExecsLogs(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      output(context, api, exec.path(api) + "/output");
      return CommandExitCode.OK;
    }
  }

  /** {@code visco execs wait}. */
  @Command(
      name = "wait",
      mixinStandardHelpOptions = true,
      description = "Waits until a detached command has ended; its exit code is the command's.",
      footer = {"", "Example: visco execs wait vm-12 ex-0197"})
  static final class ExecsWait implements Callable<Integer>, RunsInGuest {
    private final CommandContext context;

    @Mixin private final ExecParameter exec = new ExecParameter();

    @Mixin private final JsonOption json = new JsonOption();

    ExecsWait(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String path = exec.path(api) + "?wait=exited&timeout=1m";
      JsonNode now = api.json("GET", path, null);
      while (now.path("state").asString().equals("running")) {
        now = api.json("GET", path, null);
      }
      if (json.isSet()) {
        context.out().println(Json.line(now));
      }
      if (!now.has("exitCode")) {
        throw new ApiException(
            "The guest was restarted before the command had ended.", CommandExitCode.REFUSED);
      }
      return now.path("exitCode").asInt();
    }
  }

  /** {@code visco execs kill}. */
  @Command(
      name = "kill",
      mixinStandardHelpOptions = true,
      description = "Sends a signal to a detached command and its children.",
      footer = {"", "Example: visco execs kill -s INT vm-12 ex-0197"})
  static final class ExecsKill implements Callable<Integer> {
    private final CommandContext context;

    @Option(
        names = {"-s", "--signal"},
        paramLabel = "SIGNAL",
        defaultValue = "KILL",
        description = "the signal's name (${DEFAULT-VALUE})")
    private String signal = "KILL";

    @Mixin private final ExecParameter exec = new ExecParameter();

    @Mixin private final JsonOption json = new JsonOption();

    ExecsKill(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      JsonNode told = api.json("POST", exec.path(api) + "/signal", Map.of("signal", signal));
      context.out().println(json.isSet() ? Json.line(told) : told.path("exec").asString());
      return CommandExitCode.OK;
    }
  }

  /** {@code visco execs rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Removes the output and exit code of detached commands that have ended.",
      footer = {"", "Example: visco execs rm vm-12 ex-0197"})
  static final class ExecsRemove implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final VmParameter target = new VmParameter();

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "EXEC",
        description = "ids; if one cannot be removed, the others still are")
    private List<String> names = new ArrayList<>();

    @Option(names = "--json", description = "prints one JSON array, with an object for each id")
    private boolean json;

    ExecsRemove(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      String vm = target.id(api);
      return Removals.removeEach(
          context,
          names,
          json,
          false,
          name ->
              api.json(
                  "DELETE",
                  "/api/vms/" + vm + "/execs/" + ExecParameter.whole(api, vm, name),
                  null),
          removed -> removed.path("removed").asString());
    }
  }
}
