package dev.visco.cli;

import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/**
 * {@code visco vmm}: adds, lists and removes releases. Which one is in use: {@link
 * RolloutCommands}.
 */
@Command(
    name = "vmm",
    mixinStandardHelpOptions = true,
    description =
        "Adds, lists, tests and removes VMM releases, and chooses the one that new VMs use.",
    synopsisSubcommandLabel = "COMMAND")
final class ReleaseCommands implements Callable<Integer> {
  private final CommandContext context;

  private ReleaseCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new ReleaseCommands(context))
        .addSubcommand(new ReleaseList(context))
        .addSubcommand(new ReleaseInspect(context))
        .addSubcommand(new ReleaseAdd(context))
        .addSubcommand(new RolloutCommands.ReleaseCanary(context))
        .addSubcommand(new RolloutCommands.ReleaseUse(context))
        .addSubcommand(new RolloutCommands.ReleaseRollback(context))
        .addSubcommand(new ReleaseRemove(context));
  }

  @Override
  public Integer call() {
    return new ReleaseList(context).call();
  }

  /** {@code visco vmm ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists VMM releases.",
      footer = {"", "Example: visco vmm ls"})
  static final class ReleaseList extends ListCommand {
    ReleaseList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return "/api/vmm";
    }

    @Override
    List<String> heading() {
      return List.of(
          "RELEASE", "STATUS", "PCI", "JAILER", "VMS", "SNAPSHOTS", "DIGEST", "VULNERABLE");
    }

    @Override
    List<String> row(JsonNode release) {
      JsonNode features = release.path("features");
      String digest = Tables.text(release, "digest");
      return List.of(
          Tables.text(release, "name"),
          Tables.text(release, "status"),
          features.isMissingNode() ? "yes" : yesOrNo(features.path("pci")),
          features.isMissingNode() ? "-" : yesOrNo(features.path("jailer")),
          Tables.text(release, "vms"),
          Tables.text(release, "snapshots"),
          digest.startsWith("sha256:") ? digest.substring(7, 19) : digest,
          vulnerable(release));
    }

    private static String yesOrNo(JsonNode claim) {
      return claim.asBoolean() ? "yes" : "no";
    }

    private static String vulnerable(JsonNode release) {
      var found = new ArrayList<String>();
      for (JsonNode one : release.path("vulnerabilities")) {
        found.add(one.path("id").asString() + (one.path("pciOnly").asBoolean() ? " (PCI)" : ""));
      }
      return found.isEmpty() ? "-" : String.join(", ", found);
    }
  }

  /** {@code visco vmm inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Shows a VMM release: features, known vulnerabilities, results of canaries.",
      footer = {"", "Example: visco vmm inspect 1.16.1"})
  static final class ReleaseInspect extends InspectCommand {
    ReleaseInspect(CommandContext context) {
      super(context, "/api/vmm/");
    }
  }

  /** {@code visco vmm add}. */
  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = {
        "Adds a Firecracker release, which new VMs do not use until visco vmm use.",
        "It is copied and asked for its version, options and API, and refused if these",
        "disagree."
      },
      footer = {
        "",
        "Examples: visco vmm add ./release-v1.16.1-x86_64",
        "          visco vmm add ./firecracker --sha256 $(cut -c-64 firecracker.sha256)"
      })
  static final class ReleaseAdd implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(
        paramLabel = "PATH|DIR",
        description = "a firecracker binary, or a folder with firecracker and jailer")
    private Path path = Path.of("");

    @Option(
        names = "--sha256",
        paramLabel = "DIGEST",
        description = "expected digest of firecracker, as sha256sum prints it")
    private @Nullable String sha256;

    @Option(
        names = "--jailer-sha256",
        paramLabel = "DIGEST",
        description = "expected digest of the jailer")
    private @Nullable String jailerSha256;

    @Option(
        names = "--jailer",
        paramLabel = "PATH",
        description = "the jailer, if it is not in the same folder")
    private @Nullable Path jailer;

    @Option(
        names = "--no-jailer",
        description =
            "starts firecracker without a jailer, as the VM's own user in the VM's network namespace")
    private boolean noJailer;

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "name of the release (its version)")
    private @Nullable String name;

    @Mixin private final JsonOption json = new JsonOption();

    ReleaseAdd(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      var body = new TreeMap<String, Object>();
      body.put("path", absolute(path));
      if (jailer != null) {
        body.put("jailer", absolute(jailer));
      }
      if (sha256 != null) {
        body.put("sha256", sha256);
      }
      if (jailerSha256 != null) {
        body.put("jailerSha256", jailerSha256);
      }
      if (noJailer) {
        body.put("noJailer", true);
      }
      if (name != null) {
        body.put("name", name);
      }
      JsonNode release;
      try (var progress = ProgressPrinter.onError()) {
        release = LongRequest.post(context.api(), "/api/vmm", body, "release", "", progress);
      }
      for (JsonNode one : release.path("vulnerabilities")) {
        context
            .err()
            .println(
                "visco: known to be vulnerable: %s%s: %s"
                    .formatted(
                        one.path("id").asString(),
                        one.path("pciOnly").asBoolean() ? " (with PCI)" : "",
                        one.path("summary").asString()));
      }
      context.out().println(json.isSet() ? Json.line(release) : release.path("name").asString());
      return CommandExitCode.OK;
    }

    private static String absolute(Path path) {
      return path.toAbsolutePath().normalize().toString();
    }
  }

  /** {@code visco vmm rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Removes VMM releases that no VM and no snapshot needs.",
      footer = {"", "Example: visco vmm rm 1.14.4"})
  static final class ReleaseRemove extends RemoveCommand {
    ReleaseRemove(CommandContext context) {
      super(context, "/api/vmm/");
    }
  }
}
