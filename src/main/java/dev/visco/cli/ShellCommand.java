package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code visco shell}. */
@Command(
    name = "shell",
    mixinStandardHelpOptions = true,
    description = "Opens an interactive shell in a VM. Its exit code is the shell's.",
    footer = {"", "Example: visco shell vm-12"})
final class ShellCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final VmParameter target = new VmParameter();

  ShellCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    DaemonClient api = context.api();
    String id = target.id(api);
    try (Terminal terminal = TerminalBuilder.builder().system(true).nativeSignals(true).build();
        var client = new ExecClient(terminal.output(), terminal.output())) {
      // Raw mode: every key, Ctrl-C too, goes to the guest.
      Attributes before = terminal.enterRawMode();
      try {
        String term = Objects.requireNonNullElse(System.getenv("TERM"), "xterm");
        client.start(
            api, id, ExecMessage.start(List.of(), true, term, columns(terminal), rows(terminal)));
        terminal.handle(Terminal.Signal.WINCH, signal -> resize(client, terminal));
        Thread input = new Thread(() -> client.pump(terminal.input()), "input");
        input.setDaemon(true);
        input.start();
        return client.exitCode();
      } finally {
        terminal.setAttributes(before);
      }
    }
  }

  private static void resize(ExecClient client, Terminal terminal) {
    try {
      client.send(ExecMessage.ofSize(columns(terminal), rows(terminal)));
    } catch (IOException e) {
      // The session has ended meanwhile.
    }
  }

  private static int columns(Terminal terminal) {
    return terminal.getWidth() > 0 ? terminal.getWidth() : 80;
  }

  private static int rows(Terminal terminal) {
    return terminal.getHeight() > 0 ? terminal.getHeight() : 24;
  }
}
