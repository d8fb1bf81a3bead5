package dev.visco.cli;

import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

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
      "4 not found, 5 the daemon does not answer. exec and shell exit with the code",
      "of the command in the VM."
    })
public final class CommandContext {
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
  private final boolean isTerminal;

  /**
   * @param address finds the daemon from the flags that were given, by setting
   * @param isTerminal whether {@code out} is one
   */
  CommandContext(
      Function<Map<String, String>, ApiAddress> address,
      PrintStream out,
      PrintStream err,
      boolean isTerminal) {
    this.address = address;
    this.isTerminal = isTerminal;
    this.raw = out;
    this.rawErr = err;
    this.out = CleanOutput.over(out);
    this.err = CleanOutput.over(err);
  }

  /** What the program is called by {@code --version}. */
  static final class ProgramVersion implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = CommandContext.class.getPackage().getImplementationVersion();
      return new String[] {"visco " + (version == null ? "(not packaged)" : version)};
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
    return isTerminal ? out : raw;
  }

  /** Standard error for unchanged bytes. */
  PrintStream rawErr() {
    return rawErr;
  }

  /** Whether standard output is a terminal, so that a person reads it. */
  boolean isTerminal() {
    return isTerminal;
  }

  DaemonClient api() {
    return new DaemonClient(address.apply(flags()));
  }
}
