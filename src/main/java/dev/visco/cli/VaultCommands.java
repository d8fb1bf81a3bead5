package dev.visco.cli;

import dev.visco.wire.Json;
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
import tools.jackson.databind.JsonNode;

/** {@code visco vault}. */
@Command(
    name = "vault",
    mixinStandardHelpOptions = true,
    description = "Makes the vault, tells how it is, and changes its master key.",
    synopsisSubcommandLabel = "COMMAND")
final class VaultCommands implements Callable<Integer> {
  private static final String PATH = "/api/vault";

  private final CommandContext context;

  VaultCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new VaultCommands(context))
        .addSubcommand(new VaultInit(context))
        .addSubcommand(new VaultStatus(context))
        .addSubcommand(new VaultRotate(context));
  }

  @Override
  public Integer call() {
    return new VaultStatus(context).call();
  }

  private static void print(CommandContext context, JsonNode vault) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("vault", vault.path("state").asString()));
    for (String field : List.of("reason", "source", "master", "since")) {
      if (vault.has(field)) {
        rows.add(List.of(field, vault.path(field).asString()));
      }
    }
    vault
        .path("secrets")
        .properties()
        .forEach(kind -> rows.add(List.of(kind.getKey(), kind.getValue().asString())));
    if (vault.path("ofEarlierKeys").asLong() > 0) {
      rows.add(List.of("of earlier keys", vault.path("ofEarlierKeys").asString()));
    }
    context.table(rows, true);
    context.out().flush();
  }

  /** {@code visco vault init}. */
  @Command(
      name = "init",
      mixinStandardHelpOptions = true,
      description = {
        "Makes the vault. Its master key comes from where the settings say; with vault.key-file the file"
            + " is made, unless it is there.",
        "Keep a copy of the key apart from the host: without it nothing in the vault can be read."
      },
      footer = {"", "Example: visco vault init"})
  static final class VaultInit implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final JsonOption json = new JsonOption();

    VaultInit(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode vault = context.api().json("POST", PATH + "/init", Map.of());
      if (json.isSet()) {
        context.out().println(Json.line(vault));
      } else {
        print(context, vault);
      }
      return CommandExitCode.OK;
    }
  }

  /** {@code visco vault status}. */
  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Tells how the vault is; exits with 1 if it is not open.",
      footer = {"", "Example: visco vault status"})
  static final class VaultStatus implements Callable<Integer> {
    private final CommandContext context;

    @Mixin private final JsonOption json = new JsonOption();

    VaultStatus(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode vault = context.api().json("GET", PATH, null);
      if (json.isSet()) {
        context.out().println(Json.line(vault));
      } else {
        print(context, vault);
      }
      return vault.path("state").asString().equals("open")
          ? CommandExitCode.OK
          : CommandExitCode.FAILED;
    }
  }

  /** {@code visco vault rotate}. */
  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description = {
        "Changes the vault's master key, and encrypts the keys of all secrets with the next one.",
        "With vault.key-file the next key is made and replaces the file. Where the key comes from"
            + " elsewhere, name a file with the next one, and give the same key there before the daemon"
            + " starts again."
      },
      footer = {
        "",
        "Examples: visco vault rotate",
        "          visco vault rotate --key-file /etc/visco/next.key"
      })
  static final class VaultRotate implements Callable<Integer> {
    private final CommandContext context;

    @Option(
        names = "--key-file",
        paramLabel = "FILE",
        description = "a file of the daemon's host with the next key, 32 bytes (one is made)")
    private @Nullable Path keyFile;

    @Option(
        names = "--earlier-key-file",
        paramLabel = "FILE",
        description = "a file with an earlier key, for secrets that need it; may be repeated")
    private List<Path> earlier = new ArrayList<>();

    @Mixin private final JsonOption json = new JsonOption();

    VaultRotate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var body = new LinkedHashMap<String, Object>();
      if (keyFile != null) {
        body.put("keyFile", keyFile.toAbsolutePath().toString());
      }
      if (!earlier.isEmpty()) {
        body.put(
            "earlierKeyFiles",
            earlier.stream().map(file -> file.toAbsolutePath().toString()).toList());
      }
      JsonNode vault = context.api().json("POST", PATH + "/rotate", body);
      if (json.isSet()) {
        context.out().println(Json.line(vault));
      } else {
        print(context, vault);
      }
      return CommandExitCode.OK;
    }
  }
}
