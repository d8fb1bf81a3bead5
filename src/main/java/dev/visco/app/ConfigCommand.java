package dev.visco.app;

import dev.visco.api.tls.CertificateFiles;
import dev.visco.api.tls.ServerCertificate;
import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.JsonOption;
import dev.visco.image.Images;
import dev.visco.image.recipe.BuildChoices;
import dev.visco.model.Refused;
import dev.visco.provider.Providers;
import dev.visco.settings.GivenSetting;
import dev.visco.settings.Key;
import dev.visco.settings.Settings;
import dev.visco.settings.VmTypes;
import dev.visco.wire.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code visco config}. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = "Shows and checks settings, VM types, providers and recipes.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: visco config check"})
final class ConfigCommand implements Callable<Integer> {
  private final CommandContext context;
  private final Program program;

  private ConfigCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  /** The command with its subcommands. */
  static CommandLine commandLine(CommandContext context, Program program) {
    return new CommandLine(new ConfigCommand(context, program))
        .addSubcommand(new ConfigShow(context, program))
        .addSubcommand(new ConfigCheck(context, program));
  }

  @Override
  public Integer call() {
    return new ConfigShow(context, program).call();
  }

  /** {@code visco config show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = {
        "Shows each setting as the daemon would read it here, and where it was set.",
        "A daemon that runs has those of its start."
      },
      footer = {"", "Examples: visco config show", "          visco config show network.pool"})
  static final class ConfigShow implements Callable<Integer> {
    private final CommandContext context;
    private final Program program;

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "only these settings")
    private List<String> names = new ArrayList<>();

    @Mixin private final JsonOption json = new JsonOption();

    ConfigShow(CommandContext context, Program program) {
      this.context = context;
      this.program = program;
    }

    /**
     * A setting in the answer.
     *
     * @param value what it is; for one that nobody set its default, in words
     * @param from where it was set; {@code default} for one that nobody set
     */
    record SettingLine(String name, String value, String from) {}

    @Override
    public Integer call() {
      Map<Key, GivenSetting> given = program.reader().given(context.flags(), program.environment());
      var lines = new ArrayList<SettingLine>();
      for (Key key : Key.values()) {
        if (names.isEmpty() || names.contains(key.path())) {
          lines.add(line(key, given.get(key)));
        }
      }
      for (String name : names) {
        if (lines.stream().noneMatch(one -> one.name().equals(name))) {
          throw Refused.invalid("NAME", name, "is no setting", "visco config show lists them.");
        }
      }
      if (json.isSet()) {
        context.out().println(Json.line(lines));
        return CommandExitCode.OK;
      }
      var rows = new ArrayList<List<String>>();
      rows.add(List.of("SETTING", "VALUE", "FROM"));
      lines.forEach(one -> rows.add(List.of(one.name(), one.value(), one.from())));
      context.table(rows, false);
      return CommandExitCode.OK;
    }

    private static SettingLine line(Key key, @Nullable GivenSetting given) {
      return given == null
          ? new SettingLine(key.path(), key.standard(), "default")
          : new SettingLine(
              key.path(),
              given.value(),
              given.where().replaceFirst("^(in|after) (the environment variable )?", ""));
    }
  }

  /** {@code visco config check}. */
  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = {
        "Reads all settings, VM types, providers and recipes as the daemon does at its start.",
        "What is wrong is named with its place: exit code 3."
      },
      footer = {"", "Example: visco config check"})
  static final class ConfigCheck implements Callable<Integer> {
    private final CommandContext context;
    private final Program program;

    @Mixin private final JsonOption json = new JsonOption();

    ConfigCheck(CommandContext context, Program program) {
      this.context = context;
      this.program = program;
    }

    @Override
    public Integer call() {
      Map<Key, GivenSetting> given = program.reader().given(context.flags(), program.environment());
      Settings settings = program.settings(context.flags());
      ServerCertificate certificate =
          settings.tls() == null ? null : CertificateFiles.read(settings.tls(), Instant.now());
      int types = VmTypes.read(settings.typeFolders()).size();
      int providers = Providers.read(settings.providerFolders()).size();
      var images =
          new Images(program.host(), settings.data().resolve("images"), settings.imageFolders());
      var recipes = images.recipes().names();
      recipes.forEach(name -> images.recipes().read(name, BuildChoices.NONE));
      images.recipes().readTools();
      if (json.isSet()) {
        var counts = new LinkedHashMap<String, Object>();
        counts.put("settings", given.size());
        counts.put("types", types);
        counts.put("providers", providers);
        counts.put("recipes", recipes.size());
        if (certificate != null) {
          counts.put("certificate", certificate.toString());
        }
        context.out().println(Json.line(counts));
      } else {
        context
            .out()
            .println(
                "In order: %d settings that were set, %d VM types, %d providers, %d recipes."
                    .formatted(given.size(), types, providers, recipes.size()));
        if (certificate != null) {
          context.out().println("Certificate: " + certificate + ".");
        }
      }
      return CommandExitCode.OK;
    }
  }
}
