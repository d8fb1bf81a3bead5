package dev.visco.cli;

import dev.visco.model.Sizes;
import dev.visco.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
        .addSubcommand(new ImagePull(context))
        .addSubcommand(new ImageRemove(context));
  }

  @Override
  public Integer call() {
    return new ImageList(context).call();
  }

  /** Builds an image and shows the progress; a refusal is an {@link ApiException}. */
  public static JsonNode build(DaemonClient api, String recipe, ProgressPrinter progress) {
    return build(api, Map.of("recipe", recipe), recipe, progress);
  }

  private static JsonNode build(
      DaemonClient api, Map<String, Object> body, String recipe, ProgressPrinter progress) {
    return follow(api, "/api/images/build", body, recipe, progress);
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
      return List.of(
          "IMAGE", "DIGEST", "SIZE", "TAKEN", "KERNEL", "ROOT", "CREATED", "TOOLS", "REFERENCE");
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
          age(image, "created"),
          tools(manifest),
          Tables.text(manifest.path("container"), "reference"));
    }
  }

  /** The names of an image's tools with commas between; a hyphen for none. */
  private static String tools(JsonNode manifest) {
    String names =
        manifest
            .path("tools")
            .path("list")
            .valueStream()
            .map(tool -> tool.path("name").asString())
            .collect(Collectors.joining(","));
    return names.isEmpty() ? "-" : names;
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
      description = {
        "Builds an image from its recipe.",
        "What no option names is as in the image that is there, or else as the recipe says; the",
        "word default goes back to the recipe."
      },
      footer = {
        "",
        "Examples:",
        "  visco image build cli",
        "  visco image build cli-tools --with codex --with github",
        "  visco image build browser --browser chromium",
        "  visco image build cli --kernel lean"
      })
  static final class ImageBuild implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "RECIPE", description = "the recipe's name, like cli")
    private String recipe = "";

    @Option(
        names = "--with",
        paramLabel = "TOOL",
        description = {
          "a tool that the image gets instead of its recipe's tools, like codex; may be",
          "repeated. Its package comes from npm's registry or the host's distribution"
        })
    private @Nullable List<String> tools;

    @Option(
        names = "--browser",
        paramLabel = "NAME",
        description = {
          "which of the recipe's browsers: chromium or netsurf (chromium where KVM runs this",
          "host's guests)"
        })
    private @Nullable String browser;

    @Option(
        names = "--kernel",
        paramLabel = "NAME",
        description = {
          "a kernel that is built of the distribution's source instead of its usual one: lean,",
          "with all that guests need built in. The first build takes minutes"
        })
    private @Nullable String kernel;

    @Mixin private final JsonOption json = new JsonOption();

    ImageBuild(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      try (var progress = ProgressPrinter.onError()) {
        var body = new TreeMap<String, Object>(Map.of("recipe", recipe));
        if (tools != null) {
          body.put("with", tools);
        }
        if (browser != null) {
          body.put("browser", browser);
        }
        if (kernel != null) {
          body.put("kernel", kernel);
        }
        JsonNode image = build(context.api(), body, recipe, progress);
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
        "Makes an image from a distribution's cloud image or another disk, from your own kernel",
        "and root file system, or from a container image.",
        "Files are those of the daemon's host. They are copied and examined without mounting",
        "anything. What could not be determined is printed."
      },
      footer = {
        "",
        "Examples:",
        "  visco image import debian --disk debian-12-genericcloud-amd64.qcow2",
        "  visco image import mine --kernel vmlinuz --initrd initrd.img --rootfs root.img",
        "  visco image import thin --rootfs root.squashfs --base cli",
        "  visco image import web --oci web.tar"
      })
  static final class ImageImport implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "NAME", description = "the new image's name")
    private String name = "";

    @Option(names = "--kernel", paramLabel = "FILE", description = "a bzImage or an ELF vmlinux")
    private @Nullable Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description = "the initramfs")
    private @Nullable Path initrd;

    @Option(
        names = "--rootfs",
        paramLabel = "FILE",
        description = "a raw disk with partitions, or a bare file system")
    private @Nullable Path rootfs;

    @Option(
        names = "--disk",
        paramLabel = "FILE",
        description = {
          "a whole disk instead, like a cloud image: raw, qcow2, vhd, vhdx or vmdk. Its kernel",
          "and initramfs are taken out of it unless they are given"
        })
    private @Nullable Path disk;

    @Option(
        names = "--oci",
        paramLabel = "SOURCE",
        description = {
          "a container image instead: an OCI layout (a folder or a tar archive), an",
          "archive of docker save, or a reference in a registry"
        })
    private @Nullable String oci;

    @Option(
        names = "--ref",
        paramLabel = "NAME",
        description = "which container image, where SOURCE holds several")
    private @Nullable String ref;

    @Option(
        names = "--base",
        paramLabel = "IMAGE",
        description = {
          "the image that kernel and initramfs come from, and a container image's sshd",
          "(cli for a container image)"
        })
    private @Nullable String base;

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
      put(body, "kernel", kernel);
      put(body, "rootfs", rootfs);
      put(body, "disk", disk);
      put(body, "initrd", initrd);
      put(body, "kernelConfig", configuration);
      if (oci != null) {
        body.put("oci", source(oci));
      }
      if (ref != null) {
        body.put("ref", ref);
      }
      if (base != null) {
        body.put("base", base);
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

    /** A path where it looks like one or is there, else a reference. */
    private static String source(String text) {
      boolean isPath = text.startsWith("/") || text.startsWith(".") || text.endsWith(".tar");
      return isPath || Files.exists(Path.of(text))
          ? Path.of(text).toAbsolutePath().normalize().toString()
          : text;
    }

    private static void put(Map<String, Object> body, String name, @Nullable Path path) {
      if (path != null) {
        body.put(name, path.toAbsolutePath().toString());
      }
    }
  }

  /** {@code visco image pull}. */
  @Command(
      name = "pull",
      mixinStandardHelpOptions = true,
      description = {
        "Makes an image from a container image in a registry.",
        "The daemon fetches it, with what docker login has left for its user on its host.",
        "Layers that were fetched before are not fetched again."
      },
      footer = {
        "",
        "Examples:",
        "  visco image pull registry.example.com/shop/web:3",
        "  visco image pull --name shop registry.example.com/shop/web:3",
        "  visco image pull node:22-slim    # of the registry images.registry"
      })
  static final class ImagePull implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(
        paramLabel = "REFERENCE",
        description = "as docker takes it, with a tag or a digest")
    private String reference = "";

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "the image's name (the last part of the repository)")
    private @Nullable String name;

    @Option(
        names = "--base",
        paramLabel = "IMAGE",
        description = "the image that its kernel and sshd come from (cli)")
    private @Nullable String base;

    @Option(
        names = "--plain-http",
        description = "uses http; for a registry on the daemon's host it is used anyway")
    private boolean plainHttp;

    @Mixin private final JsonOption json = new JsonOption();

    ImagePull(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var body = new TreeMap<String, Object>();
      body.put("reference", reference);
      if (name != null) {
        body.put("name", name);
      }
      if (base != null) {
        body.put("base", base);
      }
      if (plainHttp) {
        body.put("plainHttp", true);
      }
      try (var progress = ProgressPrinter.onError()) {
        JsonNode image = follow(context.api(), "/api/images/pull", body, reference, progress);
        context.out().println(json.isSet() ? Json.line(image) : image.path("digest").asString());
        return CommandExitCode.OK;
      }
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
