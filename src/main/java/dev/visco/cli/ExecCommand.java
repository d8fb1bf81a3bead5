package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
      "Example: visco exec vm-12 uname -r"
    })
final class ExecCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(
      names = "--json",
      description = "prints exit code and output as one JSON object; sends no standard input")
  private boolean json;

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
  public Integer call() {
    if (words().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: 'COMMAND'");
    }
    DaemonClient api = context.api();
    String id = target.id(api);
    if (json) {
      var answer = api.json("POST", "/api/vms/" + id + "/exec", Map.of("command", words()));
      context.out().println(Json.line(answer));
      return answer.path("exitCode").asInt();
    }
    try (var client = new ExecClient(context.rawOut(), context.rawErr())) {
      client.start(api, id, ExecMessage.start(words(), false, "", 80, 24));
      Thread input = new Thread(() -> client.pump(System.in), "input");
      input.setDaemon(true);
      input.start();
      return client.exitCode();
    }
  }
}
