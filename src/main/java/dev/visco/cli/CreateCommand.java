package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco create}. */
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    description = "Creates a VM and waits until every criterion of its type is met.",
    footer = {
      "",
      "On a terminal one line says that the VM is ready, how long that took, its",
      "address and how to get in. Anywhere else, as in ID=$(visco create), standard",
      "output is the VM's id alone. The criteria are printed to standard error with",
      "--report, and when one is not met.",
      "",
      "Examples: visco create --type cli --transport pci --ttl 2h",
      "          visco create --name web -e PORT=8080 --file ./app.toml:/etc/app.toml",
      "          visco create --from tools-installed --name second",
      "          visco create --from tools-installed --plan"
    })
public final class CreateCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "VM type (cli, or that of the snapshot with --from)")
  private @Nullable String type;

  @Option(
      names = "--from",
      paramLabel = "SNAPSHOT",
      description = "goes on from this snapshot of the user's, as a VM of its own")
  private @Nullable String from;

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "the user who owns the VM (the token's own, else operator)")
  private @Nullable String user;

  @Option(
      names = "--label",
      paramLabel = "KEY[=VALUE]",
      description = "a label, by which VMs are listed; may be repeated")
  private List<String> labels = new ArrayList<>();

  @Mixin private final NewVmOptions size = new NewVmOptions();

  @Mixin private final UserDataOptions userData = new UserDataOptions();

  @Option(names = "--image", paramLabel = "IMAGE", description = "the image to boot (the type's)")
  private @Nullable String image;

  @Option(
      names = "--transport",
      paramLabel = "mmio|pci",
      description = "how the guest sees its virtio devices (the type's)")
  private @Nullable String transport;

  @Option(
      names = "--disk",
      paramLabel = "SIZE",
      description = "size of the root disk, like 8g (the type's, or the image's own)")
  private @Nullable String disk;

  @Option(
      names = "--boot-arg",
      paramLabel = "ARG",
      description = "adds a kernel parameter; may be repeated")
  private List<String> bootArgs = new ArrayList<>();

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "destroys the VM after this time, like 90m, 2h or 3d")
  private @Nullable String life;

  @Option(
      names = "--ttl-from",
      paramLabel = "created|used",
      description = "whether that time counts from its creation or from its last use (created)")
  private @Nullable String ttlFrom;

  @Option(
      names = {"-v", "--volume"},
      paramLabel = "NAME:PATH[:ro]",
      description = "attaches a volume of the user's, mounted at this path; may be repeated")
  private List<String> volumes = new ArrayList<>();

  @Mixin private final PortOptions ports = new PortOptions();

  @Option(
      names = "--no-home",
      description = "leaves out the home volume that the VM's type gives its users")
  private boolean noHome;

  @Option(
      names = "--restart",
      paramLabel = "no|on-failure|always",
      description = "when it is started again after its machine has ended (the type's)")
  private @Nullable String restart;

  @Option(
      names = "--sleep-after",
      paramLabel = "TIME",
      description =
          "puts it to sleep when nobody needs it for this time, like 15m; never (the type's)")
  private @Nullable String sleepAfter;

  @Option(
      names = "--archive-after",
      paramLabel = "TIME",
      description =
          "archives it when it has been asleep for this time, like 7d; never (the type's)")
  private @Nullable String archiveAfter;

  @Option(
      names = "--force",
      description =
          "boots even if the preflight checks object; the report names the overruled rules")
  private boolean force;

  @Option(
      names = "--plan",
      description =
          "with --from: says what that would cost in memory and on the disk, and makes nothing")
  private boolean isPlan;

  @Option(
      names = "--no-wait",
      description = "prints the id as soon as the VM is recorded, before it boots")
  private boolean noWait;

  @Option(
      names = "--report",
      description = "prints the criteria and their evidence even if all are met")
  private boolean wantsReport;

  @Mixin private final JsonOption json = new JsonOption();

  CreateCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    DaemonClient api = context.api();
    if (isPlan) {
      return plan(api);
    }
    long began = System.nanoTime();
    JsonNode vm =
        api.json(
            "POST",
            "/api/vms",
            size.on(
                    CreateRequest.of(
                        ApiPath.user(api, user), type == null && from == null ? "cli" : type))
                .image(image)
                .transport(transport)
                .bootArgs(from != null && bootArgs.isEmpty() ? null : bootArgs)
                .from(from)
                .ttl(life, ttlFrom)
                .force(force ? true : null)
                .volumes(
                    volumes.isEmpty() ? null : volumes.stream().map(CreateCommand::volume).toList())
                .home(noHome ? false : null)
                .disk(disk)
                .restart(restart)
                .sleepAfter(sleepAfter)
                .archiveAfter(archiveAfter)
                .env(userData.env())
                .files(userData.files())
                .labels(LabelOption.labels(labels))
                .ports(ports.isGiven() ? ports.numbers("--port") : null)
                .build());
    if (!noWait) {
      try (var progress = ProgressPrinter.onError()) {
        vm = await(api, vm, progress);
      }
    }
    context.out().println(line(vm, Duration.ofNanos(System.nanoTime() - began)));
    return noWait ? CommandExitCode.OK : tell(api, vm);
  }

  private int plan(DaemonClient api) {
    if (from == null) {
      throw Refused.invalid(
          "--plan",
          "true",
          "is for VMs that go on from a snapshot",
          "Add --from, or see what a type has: visco type ls");
    }
    String query = user == null ? "" : "?user=" + ApiPath.encoded(user);
    String path = "/api/snapshots/" + ApiPath.encoded(from) + "/plan" + query;
    context.out().println(PlanText.of(api.json("POST", path, Map.of()), json.isSet()));
    return CommandExitCode.OK;
  }

  /** As {@code docker run -v} takes it, but that a volume is always named. */
  private static CreateRequest.VolumeRequest volume(String text) {
    String[] parts = text.split(":", -1);
    boolean isReadOnly = parts.length == 3 && parts[2].equals("ro");
    if (parts.length != 2 && !isReadOnly) {
      throw Refused.invalid(
          "--volume", text, "is no NAME:PATH or NAME:PATH:ro", "Give one, like data:/srv/data.");
    }
    return new CreateRequest.VolumeRequest(parts[0], parts[1], isReadOnly ? true : null);
  }

  /** The line for standard output. */
  private String line(JsonNode vm, Duration took) {
    if (json.isSet()) {
      return Json.line(vm);
    }
    return context.isTerminal() && VmOutcome.isReady(vm)
        ? VmOutcome.readyLine(vm, took)
        : vm.path("vmId").asString();
  }

  /** States from which a VM comes to another one by itself. */
  private static final Set<String> ON_THE_WAY = Set.of("creating", "starting", "stopping");

  /** Follows a VM until it is ready, failed or stopped. */
  public static JsonNode await(DaemonClient api, JsonNode created, ProgressPrinter progress) {
    JsonNode vm = created;
    while (ON_THE_WAY.contains(vm.path("state").asString())) {
      progress.report(vm.path("vmId").asString() + ": " + doing(vm), -1);
      vm =
          api.json(
              "GET",
              "/api/vms/"
                  + vm.path("vmId").asString()
                  + "?timeout=30s&after="
                  + vm.path("revision").asString(),
              null);
    }
    return vm;
  }

  /** The step of one that stops is that of its last boot. */
  private static String doing(JsonNode vm) {
    return vm.path("state").asString().equals("stopping")
        ? "shut down"
        : vm.path("step").asString().replace('-', ' ');
  }

  private int tell(DaemonClient api, JsonNode vm) {
    String id = vm.path("vmId").asString();
    int code =
        VmOutcome.tell(
            api, vm, wantsReport || force, "visco logs " + id, context.err(), context.err());
    if (code == CommandExitCode.OK) {
      tellDesktop(api, id);
    }
    return code;
  }

  private void tellDesktop(DaemonClient api, String id) {
    try {
      if (api.json("GET", "/api/vms/" + id + "/desktop", null).path("desktop").asBoolean()) {
        String link = DesktopCommands.ticket(api, id, false).path("link").asString();
        context.err().println("visco: its desktop, once and within 30 seconds: " + link);
        context.err().println("visco: another link to it: visco open " + id);
      }
    } catch (ApiException e) {
      // It was destroyed meanwhile; that it was ready has been printed.
    }
  }
}
