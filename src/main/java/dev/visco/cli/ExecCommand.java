package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code visco exec}. */
@Command(
    name = "exec",
    mixinStandardHelpOptions = true,
    description = "Runs a command in a VM. Passes standard input, output and error through.",
    footer = {
      "",
      "Everything after VM belongs to the command, options included; a -- right after",
      "VM is dropped. Options of visco go before VM. The exit code is the command's.",
      "",
      "Examples: visco exec vm-12 uname -r",
      "          visco exec -it -e LANG=C.UTF-8 -w /srv -u app vm-12 bash",
      "          visco exec -d vm-12 make world"
    })
final class ExecCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(
      names = "--json",
      description = "prints exit code and output as one JSON object; sends no standard input")
  private boolean json;

  @Option(
      names = {"-t", "--tty"},
      description = "runs it on this terminal")
  private boolean isTerminal;

  @Option(
      names = {"-i", "--interactive"},
      description = "passes a terminal's input on; a file's or pipe's is always passed on")
  private boolean isInteractive;

  @Option(
      names = {"-d", "--detach"},
      description = "prints an id and leaves it running: visco execs attach VM ID")
  private boolean isDetached;

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

  @Mixin private final VmParameter target = new VmParameter();

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "the program and its arguments")
  private List<String> command = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  private ExecCommand(CommandContext context) {
    this.context = context;
  }

  /** Everything after the VM belongs to the command in it. */
  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new ExecCommand(context)).setStopAtPositional(true);
  }

  /** The command for the guest, without a leading {@code --}. */
  List<String> words() {
    return command.getFirst().equals("--") ? command.subList(1, command.size()) : command;
  }

  @Override
  public Integer call() throws IOException {
    if (words().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: 'COMMAND'");
    }
    if (isDetached && (isTerminal || isInteractive)) {
      throw new ParameterException(
          spec.commandLine(), "-d leaves the command without input and terminal; leave out -i, -t");
    }
    DaemonClient api = context.api();
    String id = target.id(api);
    if (isDetached) {
      var answer = api.json("POST", "/api/vms/" + id + "/execs", request());
      context.out().println(json ? Json.line(answer) : answer.path("exec").asString());
      return CommandExitCode.OK;
    }
    if (json) {
      var answer = api.json("POST", "/api/vms/" + id + "/exec", request());
      context.out().println(Json.line(answer));
      return answer.path("exitCode").asInt();
    }
    ExecMessage command =
        ExecMessage.start(words())
            .with(variables.isEmpty() ? null : variables, folder, user, timeout);
    if (isTerminal) {
      return TerminalClient.run(api, id, command);
    }
    try (var client = new ExecClient(context.rawOut(), context.rawErr())) {
      client.start(api, id, command);
      InputStream from =
          isInteractive || !isOnTerminal() ? System.in : InputStream.nullInputStream();
      Thread input = new Thread(() -> client.pump(from), "input");
      input.setDaemon(true);
      input.start();
      return client.exitCode();
    }
  }

  private static boolean isOnTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private Map<String, Object> request() {
    var request = new HashMap<String, Object>(Map.of("command", words(), "env", variables));
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
