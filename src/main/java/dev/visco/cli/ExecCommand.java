package dev.visco.cli;

import dev.visco.wire.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
      "VM is dropped. Options of visco go before VM. The exit code is the command's, 125 when",
      "visco failed, 126 when it cannot be executed, 127 when it is not there.",
      "",
      "Examples: visco exec vm-12 uname -r",
      "          visco exec -it -e LANG=C.UTF-8 -w /srv -u app vm-12 bash",
      "          visco exec -d vm-12 make world"
    })
final class ExecCommand implements Callable<Integer>, RunsInGuest {
  private final CommandContext context;

  @Option(
      names = "--json",
      description = {
        "prints exit code and output as one JSON object; sends no standard input, and",
        "ends the command after a minute or the time of --timeout"
      })
  private boolean json;

  @Option(
      names = {"-d", "--detach"},
      description = "prints an id and leaves it running: visco execs attach VM ID")
  private boolean isDetached;

  @Mixin private final GuestCommandOptions options = new GuestCommandOptions();

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
    if (isDetached && options.isInteractive()) {
      throw new ParameterException(
          spec.commandLine(), "-d leaves the command without input and terminal; leave out -i, -t");
    }
    DaemonClient api = context.api();
    String id = target.id(api);
    if (isDetached) {
      var answer = api.json("POST", "/api/vms/" + id + "/execs", options.request(words()));
      context.out().println(json ? Json.line(answer) : answer.path("exec").asString());
      return CommandExitCode.OK;
    }
    if (json) {
      var answer = api.json("POST", "/api/vms/" + id + "/exec", options.request(words()));
      context.out().println(Json.line(answer));
      return answer.path("exitCode").asInt();
    }
    return options.run(context, api, id, words());
  }
}
