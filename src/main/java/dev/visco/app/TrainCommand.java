package dev.visco.app;

import dev.visco.cli.ApiAddress;
import dev.visco.cli.Visco;
import dev.visco.compatible.Compatible;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import dev.visco.wire.VmDocument;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
    asClient(nowhere);
    Compatible.train();
    return 0;
  }

  /** What commands load that ask the daemon, and those that go into a guest. */
  private static void asClient(PrintStream nowhere) throws Exception {
    try (var server = TrainingServer.start()) {
      var address = new ApiAddress("127.0.0.1", server.port(), "none");
      for (List<String> words :
          List.of(List.of("ps"), List.of("exec", "-e", "A=b", "vm-00000000", "true"))) {
        int code =
            Visco.commandLine(flags -> address, nowhere, nowhere, List.of())
                .execute(words.toArray(String[]::new));
        if (code != 0) {
          throw new IllegalStateException(
              "visco " + String.join(" ", words) + " ended with " + code);
        }
      }
    }
  }
}
