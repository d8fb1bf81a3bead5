package dev.visco.cli;

import dev.visco.cli.Contexts.ContextFile;
import dev.visco.cli.Contexts.ServerContext;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco context}. */
@Command(
    name = "context",
    mixinStandardHelpOptions = true,
    description = {
      "Names daemons of other hosts, and chooses which one commands go to.",
      "VISCO_CONTEXT names one for a single command, VISCO_HOST its URL. Commands that set up a host",
      "(up, down, daemon, backup, restore, store, upgrade, doctor, config) are always about this one."
    },
    synopsisSubcommandLabel = "COMMAND")
public final class ContextCommands implements Callable<Integer> {
  private final CommandContext context;
  private final Contexts contexts;

  private ContextCommands(CommandContext context, Contexts contexts) {
    this.context = context;
    this.contexts = contexts;
  }

  public static CommandLine commandLine(CommandContext context, Contexts contexts) {
    return new CommandLine(new ContextCommands(context, contexts))
        .addSubcommand(new ContextCreate(contexts))
        .addSubcommand(new ContextUse(contexts))
        .addSubcommand(new ContextList(context, contexts))
        .addSubcommand(new ContextRemove(contexts));
  }

  @Override
  public Integer call() {
    return new ContextList(context, contexts).call();
  }

  /** {@code visco context create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Names a daemon, or changes what a name means.",
      footer = {
        "",
        "Example: visco context create lab --url https://visco.example.com --token-file lab.token"
      })
  static final class ContextCreate implements Callable<Integer> {
    private final Contexts contexts;

    @Parameters(paramLabel = "NAME", description = "what it is called")
    private String name = "";

    @Option(
        names = "--url",
        required = true,
        paramLabel = "URL",
        description = "where its API is, like https://visco.example.com or http://127.0.0.1:3001")
    private String url = "";

    @Option(
        names = "--token-file",
        required = true,
        paramLabel = "FILE",
        description = "a file with the token, which is copied; - for standard input")
    private String tokenFile = "";

    @Option(
        names = "--ca",
        paramLabel = "FILE",
        description =
            "PEM file with the certificates that the server's is checked against (Java's own)")
    private @Nullable Path ca;

    ContextCreate(Contexts contexts) {
      this.contexts = contexts;
    }

    @Override
    public Integer call() {
      String file = ca == null ? null : ca.toAbsolutePath().normalize().toString();
      ApiAddress address = ApiAddress.of("--url", url, token(), ca);
      if (address.tls() != null) {
        var _ = address.tls().context(); // Refuses a file that has no certificates.
      }
      contexts.put(name, new ServerContext(url, address.token(), file));
      return CommandExitCode.OK;
    }

    private String token() {
      try {
        byte[] bytes =
            tokenFile.equals("-")
                ? System.in.readAllBytes()
                : Files.readAllBytes(Path.of(tokenFile));
        String token = new String(bytes, StandardCharsets.UTF_8).strip();
        if (!token.matches("[!-~]{1,4096}")) {
          throw noToken("has none");
        }
        return token;
      } catch (IOException e) {
        throw noToken("cannot be read");
      }
    }

    private Refused noToken(String why) {
      return Refused.invalid(
          "--token-file", tokenFile, why, "Give a file with what visco token create printed.");
    }
  }

  /** {@code visco context use}. */
  @Command(
      name = "use",
      mixinStandardHelpOptions = true,
      description = "Chooses where commands go from now on.",
      footer = {"", "Examples: visco context use lab", "          visco context use local"})
  static final class ContextUse implements Callable<Integer> {
    private final Contexts contexts;

    @Parameters(paramLabel = "NAME", description = "a context, or local for this host's daemon")
    private String name = "";

    ContextUse(Contexts contexts) {
      this.contexts = contexts;
    }

    @Override
    public Integer call() {
      contexts.use(name);
      return CommandExitCode.OK;
    }
  }

  /** {@code visco context ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists contexts; the one in use has a star.",
      footer = {"", "Example: visco context ls"})
  static final class ContextList implements Callable<Integer> {
    private final CommandContext context;
    private final Contexts contexts;

    @Mixin private final JsonOption json = new JsonOption();

    ContextList(CommandContext context, Contexts contexts) {
      this.context = context;
      this.contexts = contexts;
    }

    @Override
    public Integer call() {
      ContextFile known = contexts.read();
      String current = known.current() == null ? Contexts.LOCAL : known.current();
      var rows = new ArrayList<Map<String, Object>>();
      rows.add(row(Contexts.LOCAL, "this host", current));
      known.all().forEach((name, one) -> rows.add(row(name, one.url(), current)));
      if (json.isSet()) {
        context.out().println(Json.line(rows));
      } else {
        var cells = new ArrayList<List<String>>();
        cells.add(List.of("  NAME", "URL"));
        rows.forEach(row ->
            cells.add(
                List.of(
                    (Boolean.TRUE.equals(row.get("current")) ? "* " : "  ") + row.get("name"),
                    row.get("url") + "")));
        context.table(cells, false);
      }
      return CommandExitCode.OK;
    }

    private static Map<String, Object> row(String name, String url, String current) {
      var row = new LinkedHashMap<String, Object>();
      row.put("name", name);
      row.put("url", url);
      row.put("current", name.equals(current));
      return row;
    }
  }

  /** {@code visco context rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Forgets contexts, with their tokens.",
      footer = {"", "Example: visco context rm lab"})
  static final class ContextRemove implements Callable<Integer> {
    private final Contexts contexts;

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "contexts")
    private List<String> names = new ArrayList<>();

    ContextRemove(Contexts contexts) {
      this.contexts = contexts;
    }

    @Override
    public Integer call() {
      names.forEach(contexts::remove);
      return CommandExitCode.OK;
    }
  }
}
