package dev.visco.cli;

import dev.visco.wire.ExecMessage;
import java.io.IOException;
import java.util.Objects;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A command in a guest on the caller's own terminal. */
final class TerminalClient {
  private TerminalClient() {}

  /** Runs it to its end; every key, Ctrl-C too, goes to the guest. Returns its exit code. */
  static int run(DaemonClient api, String id, ExecMessage command) throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).nativeSignals(true).build();
        var client = new ExecClient(terminal.output(), terminal.output())) {
      Attributes before = terminal.enterRawMode();
      try {
        String term = Objects.requireNonNullElse(System.getenv("TERM"), "xterm");
        client.start(api, id, command.onTerminal(term, columns(terminal), rows(terminal)));
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
