package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code visco shell}. */
@Command(
    name = "shell",
    mixinStandardHelpOptions = true,
    description = "Opens an interactive shell in a VM. Its exit code is the shell's, or 125.",
    footer = {"", "Example: visco shell vm-12"})
final class ShellCommand implements Callable<Integer>, RunsInGuest {
  private final CommandContext context;

  @Mixin private final VmParameter target = new VmParameter();

  ShellCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    DaemonClient api = context.api();
    return TerminalClient.run(api, target.id(api), ExecMessage.start(List.of()));
  }
}
