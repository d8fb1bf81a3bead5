package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** What is in snapshots: {@code visco snapshot inspect}, {@code verify}, {@code export}, … */
final class SnapshotContentCommands {
  private static final String ENDING = ".snapshot.tar.zst";

  private SnapshotContentCommands() {}

  private static String route(String name, String action, String query) {
    return "/api/snapshots/" + ApiPath.encoded(name) + action + query;
  }

  /** {@code visco snapshot inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description =
          "Prints all that is known of a snapshot: its files, what it needs, who uses it.",
      footer = {"", "Example: visco snapshot inspect before-upgrade"})
  static final class SnapshotInspect implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Mixin private final SnapshotCommands.UserOption user = new SnapshotCommands.UserOption();

    @Mixin private final JsonOption json = new JsonOption();

    SnapshotInspect(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode found = context.api().json("GET", route(name, "", user.query()), null);
      context.out().println(json.isSet() ? Json.line(found) : Json.pretty(found));
      return CommandExitCode.OK;
    }
  }

  /** {@code visco snapshot verify}. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Reads all of a snapshot, and says which file is missing, cut or changed.",
        "Exit code 1 for a damaged one."
      },
      footer = {"", "Example: visco snapshot verify before-upgrade"})
  static final class SnapshotVerify implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Mixin private final SnapshotCommands.UserOption user = new SnapshotCommands.UserOption();

    @Mixin private final JsonOption json = new JsonOption();

    SnapshotVerify(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode found = context.api().json("POST", route(name, "/verify", user.query()), null);
      boolean isWhole = found.path("whole").asBoolean();
      if (json.isSet()) {
        context.out().println(Json.line(found));
      } else if (isWhole) {
        context
            .out()
            .printf(
                "%s is whole: %d files, %d bytes%n",
                name, found.path("files").asInt(), found.path("bytes").asLong());
      } else {
        found.path("damage").forEach(one -> context.err().println(one.asString()));
      }
      return isWhole ? CommandExitCode.OK : CommandExitCode.FAILED;
    }
  }

  /** {@code visco snapshot keep}. */
  @Command(
      name = "keep",
      mixinStandardHelpOptions = true,
      description = "Keeps snapshots until they are removed, also when their VM is destroyed.",
      footer = {"", "Example: visco snapshot keep before-upgrade"})
  static final class SnapshotKeep implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "the snapshots' names")
    private List<String> names = new ArrayList<>();

    @Mixin private final SnapshotCommands.UserOption user = new SnapshotCommands.UserOption();

    @Mixin private final JsonOption json = new JsonOption();

    SnapshotKeep(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      DaemonClient api = context.api();
      for (String name : names) {
        JsonNode kept =
            api.json("PATCH", route(name, "", user.query()), Map.of("retention", "kept"));
        context.out().println(json.isSet() ? Json.line(kept) : kept.path("name").asString());
      }
      return CommandExitCode.OK;
    }
  }

  /** {@code visco snapshot export}. */
  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description = {
        "Writes a snapshot to one file, after a check of all of it.",
        "The file holds the private keys of its VM: whoever has it can sign in to what is started",
        "from it. It is made for its owner alone (0600)."
      },
      footer = {
        "",
        "Examples: visco snapshot export before-upgrade",
        "          visco snapshot export before-upgrade -o - | ssh other visco snapshot import - b"
      })
  static final class SnapshotExport implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the snapshot's name")
    private String name = "";

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        description = "the file to write (NAME.snapshot.tar.zst in this folder); - for stdout")
    private @Nullable Path output;

    @Option(names = "--force", description = "replaces the file if it exists")
    private boolean force;

    @Mixin private final SnapshotCommands.UserOption user = new SnapshotCommands.UserOption();

    @Mixin private final JsonOption json = new JsonOption();

    SnapshotExport(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() throws IOException {
      DaemonClient api = context.api();
      String route = route(name, "/export", user.query());
      Path file = Objects.requireNonNullElse(output, Path.of(name + ENDING));
      if (file.toString().equals("-")) {
        api.stream("GET", route, null, in -> in.transferTo(context.rawOut()));
        context.rawOut().flush();
        tellOfKeys();
        return CommandExitCode.OK;
      }
      WholeFile.write(
          file,
          force,
          PosixFilePermissions.fromString("rw-------"),
          out -> api.stream("GET", route, null, in -> in.transferTo(out)));
      tellOfKeys();
      context.out().println(json.isSet() ? Json.line(Map.of("file", file.toString())) : file);
      return CommandExitCode.OK;
    }

    private void tellOfKeys() {
      context
          .err()
          .println("It holds private keys: whoever has it can sign in to what is started from it.");
    }
  }

  /** {@code visco snapshot import}. */
  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a snapshot of a file that an export wrote, for an operator's token alone.",
        "All of it is checked before there is a snapshot; it is kept until it is removed. The image",
        "that it needs must be here already. Take in only what you trust: a VMM loads it."
      },
      footer = {"", "Example: visco snapshot import before-upgrade.snapshot.tar.zst"})
  static final class SnapshotImport implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(index = "0", paramLabel = "FILE", description = "the file; - for stdin")
    private Path file = Path.of("");

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "NAME",
        description = "the new snapshot's name (the file's, without its ending)")
    private @Nullable String name;

    @Option(
        names = "--user",
        paramLabel = "USER",
        description = "the user who gets it (the token's own, else operator)")
    private @Nullable String user;

    @Mixin private final JsonOption json = new JsonOption();

    SnapshotImport(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      boolean isStandard = file.toString().equals("-");
      if (!isStandard && !Files.isRegularFile(file)) {
        throw Refused.invalid(
            "FILE", file.toString(), "is no file", "Give a file that an export wrote.");
      }
      DaemonClient api = context.api();
      String route = route(called(isStandard), "/import", ApiPath.ofUser(ApiPath.user(api, user)));
      JsonNode made =
          isStandard
              ? api.upload("POST", route, System.in::transferTo)
              : api.upload("POST", route, file);
      context.out().println(json.isSet() ? Json.line(made) : made.path("name").asString());
      return CommandExitCode.OK;
    }

    private String called(boolean isStandard) {
      if (name != null) {
        return name;
      }
      if (isStandard) {
        throw Refused.invalid("NAME", "", "is missing", "Name the snapshot that comes from stdin.");
      }
      String base = file.getFileName().toString();
      return base.endsWith(ENDING) ? base.substring(0, base.length() - ENDING.length()) : base;
    }
  }
}
