package dev.visco.cli;

import dev.visco.commands.RemedyCommands;
import dev.visco.model.GuestText;
import dev.visco.wire.Json;
import java.io.PrintStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * What every command needs: the global options, the output streams, and a client of the daemon's
 * API.
 */
@Command(
    name = "visco",
    description = "Runs microVMs, proves that each one works, and says why when one does not.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = CommandContext.ProgramVersion.class,
    footer = {
      "",
      "Exit codes: 0 success, 1 the VM or the work failed, 2 wrong usage, 3 refused,",
      "4 not found, 5 the daemon does not answer. exec, run and shell exit with the code",
      "of the command in the VM, or 125 when it could not be run; ssh with 255 then."
    })
public final class CommandContext implements Runnable {
  /** Columns whose cells are states. */
  private static final Set<String> STATES = Set.of("STATE", "STATUS");

  private static final int MAX_FAILURE = 65_536;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "data folder (VISCO_DATA)",
      scope = ScopeType.INHERIT)
  private @Nullable String data;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "the API's address (VISCO_LISTEN)",
      scope = ScopeType.INHERIT)
  private @Nullable String listen;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "sets a setting, like network.pool=10.9.0.0/24; may be repeated",
      scope = ScopeType.INHERIT)
  private Map<String, String> settings = new TreeMap<>();

  private final Function<Map<String, String>, ApiAddress> address;
  private final PrintStream raw;
  private final PrintStream rawErr;
  private final PrintStream out;
  private final PrintStream err;
  private final Screen screen;
  private final InstantSource clock;

  /**
   * @param address finds the daemon from the flags that were given, by setting
   * @param screen what {@code out} and {@code err} go to
   * @param clock for ages
   */
  CommandContext(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      Screen screen,
      InstantSource clock) {
    this.address = address;
    this.screen = screen;
    this.clock = clock;
    this.raw = out;
    this.rawErr = err;
    this.out = CleanOutput.over(out);
    this.err = CleanOutput.over(err);
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Without a command: what there is. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** What the program is called by {@code --version}. */
  static final class ProgramVersion implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"visco " + version()};
    }

    /** Its number, like {@code 0.1.0}. */
    static String version() {
      String version = CommandContext.class.getPackage().getImplementationVersion();
      return version == null ? "(not packaged)" : version;
    }
  }

  /** The flags that were given, by setting. */
  public Map<String, String> flags() {
    var flags = new TreeMap<>(settings);
    if (data != null) {
      flags.put("data", data);
    }
    if (listen != null) {
      flags.put("listen", listen);
    }
    return flags;
  }

  /** For text: terminal control sequences are removed, whoever wrote the text. */
  public PrintStream out() {
    return out;
  }

  /** Standard error, cleaned the same way. */
  public PrintStream err() {
    return err;
  }

  /** Standard output for unchanged bytes: a command's output, a picture. */
  PrintStream rawOut() {
    return raw;
  }

  /** For console output: cleaned on a terminal, unchanged for programs. */
  PrintStream console() {
    return screen.isTerminal() ? out : raw;
  }

  /** Standard error for unchanged bytes. */
  PrintStream rawErr() {
    return rawErr;
  }

  /** Whether standard output is a terminal, so that a person reads it. */
  boolean isTerminal() {
    return screen.isTerminal();
  }

  Screen screen() {
    return screen;
  }

  Instant now() {
    return clock.instant();
  }

  /**
   * Prints a table that fits the terminal, with states in colours where there are any.
   *
   * @param rows the heading first
   * @param isWhole cuts no column
   */
  public void table(List<List<String>> rows, boolean isWhole) {
    int max = isWhole ? 0 : screen.columns();
    if (!screen.hasColours()) {
      out.print(Tables.columns(rows, max, (row, column, cell, shown) -> shown));
      out.flush();
      return;
    }
    List<List<String>> clean =
        rows.stream()
            .map(row -> row.stream().map(cell -> GuestText.line(cell).value()).toList())
            .toList();
    List<String> heading = clean.getFirst();
    raw.print(
        Tables.columns(
            clean,
            max,
            (row, column, cell, shown) ->
                row == 0
                    ? Paint.bold(shown)
                    : STATES.contains(heading.get(column)) ? Paint.state(cell, shown) : shown));
    raw.flush();
  }

  /** Tells a failure, as {@code visco: …} or as a problem document on one line. */
  public void tellFailure(Exception failure, boolean isJson) {
    if (isJson) {
      err.println(Json.line(Failures.document(failure)));
    } else {
      tellFailure(RemedyCommands.message(failure));
    }
  }

  /** The same for a text. */
  void tellFailure(String text) {
    if (screen.hasErrorColours()) {
      rawErr.println(Paint.red("visco:") + " " + GuestText.lines(text, MAX_FAILURE).value());
      rawErr.flush();
    } else {
      err.println("visco: " + text);
    }
  }

  DaemonClient api() {
    return new DaemonClient(address.apply(flags()));
  }
}
