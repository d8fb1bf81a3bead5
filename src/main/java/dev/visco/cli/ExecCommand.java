package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco exec}. */
@Command(
    name = "exec",
    mixinStandardHelpOptions = true,
    description =
        "Runs a command in a VM, with standard input, output, error and exit code passed through.",
    footer = {"", "Example: visco exec vm-12 -- uname -r"})
final class ExecCommand implements Callable<Integer> {
  private final Visco visco;

  @Option(
      names = "--json",
      description = "print exit code and output as JSON; standard input is not sent")
  private boolean json;

  @Parameters(index = "0", paramLabel = "VM", description = "its id or the beginning of it")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "the program and its arguments")
  private List<String> command = new ArrayList<>();

  ExecCommand(Visco visco) {
    this.visco = visco;
  }

  @Override
  public Integer call() {
    ApiClient api = visco.api();
    String id = VmNames.whole(api, name);
    if (json) {
      var answer = api.json("POST", "/api/vms/" + id + "/exec", Map.of("command", command));
      visco.out().println(Json.line(answer));
      return answer.path("exitCode").asInt();
    }
    try (var client = new ExecClient(visco.rawOut(), visco.rawErr())) {
      client.start(api, id, ExecMessage.start(command, false, "", 80, 24));
      Thread input = new Thread(() -> client.pump(System.in), "input");
      input.setDaemon(true);
      input.start();
      return client.exitCode();
    }
  }
}
