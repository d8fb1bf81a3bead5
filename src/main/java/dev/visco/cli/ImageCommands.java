package dev.visco.cli;

import dev.visco.model.Sizes;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco image}. */
@Command(
    name = "image",
    mixinStandardHelpOptions = true,
    description = "Lists, builds, imports and removes images.",
    synopsisSubcommandLabel = "COMMAND")
public final class ImageCommands implements Callable<Integer> {
  private final CommandContext context;

  ImageCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new ImageCommands(context))
        .addSubcommand(new ImageList(context))
        .addSubcommand(new ImageInspect(context))
        .addSubcommand(new ImageBuild(context))
        .addSubcommand(new ImageImport(context))
        .addSubcommand(new ImageRemove(context));
  }

  @Override
  public Integer call() {
    return new ImageList(context).call();
  }

  /** Builds an image and shows the progress; a refusal is an {@link ApiException}. */
  public static JsonNode build(DaemonClient api, String recipe, ProgressPrinter progress) {
    return follow(api, "/api/images/build", Map.of("recipe", recipe), recipe, progress);
  }

  private static JsonNode follow(
      DaemonClient api, String path, Object body, String name, ProgressPrinter progress) {
    return LongRequest.post(api, path, body, "image", "image " + name + ": ", progress);
  }

  /** {@code visco image ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists images: their size, and what they take on the disk.",
      footer = {"", "Example: visco image ls"})
  static final class ImageList extends ListCommand {
    ImageList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/images";
    }

    @Override
    List<String> heading() {
      return List.of("IMAGE", "DIGEST", "SIZE", "TAKEN", "KERNEL", "ROOT", "CREATED");
    }

    @Override
    List<String> row(JsonNode image) {
      JsonNode manifest = image.path("manifest");
      return List.of(
          Tables.text(manifest, "name"),
          Tables.text(image, "digest").substring(7, 19),
          image.has("bytes") ? Sizes.bytesText(image.path("bytes").asLong()) : "-",
          image.has("takenBytes") ? Sizes.bytesText(image.path("takenBytes").asLong()) : "-",
          Tables.text(manifest, "kernelRelease"),
          Tables.text(manifest, "rootFileSystem"),
          age(image, "created"));
    }
  }

  /** {@code visco image inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Shows an image's manifest.",
      footer = {"", "Example: visco image inspect cli"})
  static final class ImageInspect extends InspectCommand {
    ImageInspect(CommandContext context) {
      super(context, "/api/images/");
    }
  }

  /** {@code visco image build}. */
  @Command(
      name = "build",
      mixinStandardHelpOptions = true,
      description = "Builds an image from its recipe.",
      footer = {"", "Example: visco image build cli"})
  static final class ImageBuild implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "RECIPE", description = "the recipe's name, like cli")
    private String recipe = "";

    @Mixin private final JsonOption json = new JsonOption();

    ImageBuild(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      try (var progress = ProgressPrinter.onError()) {
        JsonNode image = build(context.api(), recipe, progress);
        context.out().println(json.isSet() ? Json.line(image) : image.path("digest").asString());
        return CommandExitCode.OK;
      }
    }
  }

  /** {@code visco image import}. */
  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = {
        "Makes an image from your own kernel and root file system.",
        "Both are copied and examined without mounting anything. What could not be",
        "determined is printed."
      },
      footer = {
        "",
        "Example: visco image import mine --kernel vmlinuz --initrd initrd.img --rootfs root.img"
      })
  static final class ImageImport implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the new image's name")
    private String name = "";

    @Option(
        names = "--kernel",
        paramLabel = "FILE",
        required = true,
        description = "a bzImage or an ELF vmlinux")
    private Path kernel = Path.of("");

    @Option(names = "--initrd", paramLabel = "FILE", description = "the initramfs")
    private @Nullable Path initrd;

    @Option(
        names = "--rootfs",
        paramLabel = "FILE",
        required = true,
        description = "a raw disk with partitions, or a bare file system")
    private Path rootfs = Path.of("");

    @Option(
        names = "--kernel-config",
        paramLabel = "FILE",
        description = "the kernel's .config, if it is not built into the kernel")
    private @Nullable Path configuration;

    @Option(
        names = "--force",
        description =
            "imports even what certainly cannot boot; the manifest names the overruled rules")
    private boolean force;

    @Mixin private final JsonOption json = new JsonOption();

    ImageImport(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var body = new TreeMap<String, Object>();
      body.put("name", name);
      body.put("kernel", absolute(kernel));
      body.put("rootfs", absolute(rootfs));
      if (initrd != null) {
        body.put("initrd", absolute(initrd));
      }
      if (configuration != null) {
        body.put("kernelConfig", absolute(configuration));
      }
      if (force) {
        body.put("force", true);
      }
      JsonNode image;
      try (var progress = ProgressPrinter.onError()) {
        image = follow(context.api(), "/api/images/import", body, name, progress);
      }
      JsonNode manifest = image.path("manifest");
      context
          .err()
          .println(
              "visco: root="
                  + Tables.text(manifest, "root")
                  + ": "
                  + Tables.text(manifest, "rootReason"));
      manifest
          .path("unknown")
          .forEach(statement -> context.err().println("visco: " + statement.asString()));
      context.out().println(json.isSet() ? Json.line(image) : image.path("digest").asString());
      return CommandExitCode.OK;
    }

    private static String absolute(Path path) {
      return path.toAbsolutePath().toString();
    }
  }

  /** {@code visco image rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Removes images that no VM uses.",
      footer = {"", "Example: visco image rm cli"})
  static final class ImageRemove extends RemoveCommand {
    ImageRemove(CommandContext context) {
      super(context, "/api/images/");
    }
  }
}
