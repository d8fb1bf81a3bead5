package dev.visco.app;

import dev.visco.compatible.Compatible;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import dev.visco.wire.VmDocument;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code visco train}: loads the classes that later runs load, to record the JVM's AOT cache (JEP
 * 514). Changes nothing else.
 */
@Command(name = "train", hidden = true, description = "Loads what later runs load.")
final class TrainCommand implements Callable<Integer> {
  private final Supplier<CommandLine> whole;

  /**
   * @param whole makes the whole command line
   */
  TrainCommand(Supplier<CommandLine> whole) {
    this.whole = whole;
  }

  @Override
  public Integer call() throws Exception {
    var nowhere = new PrintStream(OutputStream.nullOutputStream());
    CommandLine line = whole.get();
    for (CommandLine command : line.getSubcommands().values()) {
      command.usage(nowhere);
    }
    line.usage(nowhere);
    Json.read(
        Json.line(
            CreateRequest.of("u", "cli").transport("mmio").size(1, 256).ttl("1h", null).build()),
        CreateRequest.class);
    Class.forName(VmDocument.class.getName());
    var server = new Server();
    server.addConnector(new ServerConnector(server));
    server.start();
    server.stop();
    Compatible.train();
    return 0;
  }
}
