package dev.visco.cli;

import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code visco run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Creates a VM, waits until it is ready, and runs a command in it.",
      "The exit code is the command's, or 125 when Visco failed. With --rm the VM goes with",
      "it, on Ctrl-C too."
    },
    footer = {
      "",
      "Everything after TYPE belongs to the command. An image boots as the type cli.",
      "Without --rm the VM stays; visco create has more options.",
      "",
      "Examples: visco run --rm cli uname -r",
      "          visco run --rm -it cli bash"
    })
final class RunCommand implements Callable<Integer>, RunsInGuest {
  private static final String IMAGES_TYPE = "cli";

  private final CommandContext context;

  @Option(
      names = "--rm",
      description = "destroys the VM when the command has ended, or could not be run")
  private boolean isRemoved;

  @Mixin private final NewVmOptions size = new NewVmOptions();

  @Option(
      names = "--owner",
      paramLabel = "USER",
      description = "the user who owns the VM (the token's own, else operator)")
  private @Nullable String owner;

  @Mixin private final GuestCommandOptions options = new GuestCommandOptions();

  @Parameters(index = "0", paramLabel = "TYPE", description = "a VM type, or an image's name")
  private String type = "";

  @Parameters(
      index = "1..*",
      paramLabel = "COMMAND",
      description = "the program and its arguments; with -t a login shell when it is left out")
  private List<String> command = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  private RunCommand(CommandContext context) {
    this.context = context;
  }

  /** Everything after the type belongs to the command. */
  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new RunCommand(context)).setStopAtPositional(true);
  }

  private List<String> words() {
    return !command.isEmpty() && command.getFirst().equals("--")
        ? command.subList(1, command.size())
        : command;
  }

  @Override
  public Integer call() throws IOException {
    if (words().isEmpty() && !options.isOnTerminal()) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: 'COMMAND'");
    }
    DaemonClient api = context.api();
    var made = new MadeVm(api, UUID.randomUUID().toString());
    var cleaning = new Thread(made::removeQuietly, "removes the VM");
    if (isRemoved) {
      Runtime.getRuntime().addShutdownHook(cleaning);
    }
    try {
      return run(api, made);
    } finally {
      if (isRemoved && removeHook(cleaning)) {
        made.remove();
      }
    }
  }

  private int run(DaemonClient api, MadeVm made) throws IOException {
    JsonNode vm = create(made);
    try (var progress = ProgressPrinter.onError()) {
      vm = CreateCommand.await(api, vm, progress);
    }
    String id = vm.path("vmId").asString();
    int code = VmOutcome.tell(api, vm, false, "visco logs " + id, context.err(), context.err());
    if (code != CommandExitCode.OK) {
      return ownFailure();
    }
    int ended = options.run(context, api, id, words());
    if (!isRemoved) {
      context.err().println("visco: " + id + " stays; visco rm " + id + " destroys it");
    }
    return ended;
  }

  /** A word that is no type is an image. */
  private JsonNode create(MadeVm made) {
    try {
      return made.create(request(type, null));
    } catch (ApiException e) {
      if (!"vmType".equals(e.problem().field())) {
        throw e;
      }
      return made.create(request(IMAGES_TYPE, type));
    }
  }

  private CreateRequest request(String vmType, @Nullable String image) {
    return size.on(CreateRequest.of(ApiPath.user(context.api(), owner), vmType))
        .image(image)
        .build();
  }

  /** False when this program ends already, so that the hook removes it. */
  private static boolean removeHook(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /**
   * The VM, of which nobody may know yet whether it was created: asked again with the same key, the
   * daemon gives the same one.
   */
  private static final class MadeVm {
    private final DaemonClient api;
    private final String key;
    private @Nullable CreateRequest asked;
    private boolean isGone;

    MadeVm(DaemonClient api, String key) {
      this.api = api;
      this.key = key;
    }

    JsonNode create(CreateRequest request) {
      synchronized (this) {
        asked = request;
      }
      JsonNode[] vm = {Json.mapper().nullNode()};
      api.stream(
          "POST",
          "/api/vms",
          request,
          Map.of("Idempotency-Key", key + request.vmType()),
          in ->
              vm[0] =
                  Json.read(new String(in.readAllBytes(), StandardCharsets.UTF_8), JsonNode.class));
      return vm[0];
    }

    /** Destroys it if it was created; safe to repeat. */
    void remove() {
      CreateRequest request;
      synchronized (this) {
        request = asked;
        if (isGone || request == null) {
          return;
        }
        isGone = true;
      }
      String id;
      try {
        id = create(request).path("vmId").asString();
      } catch (ApiException e) {
        return; // It was refused, and so there is none.
      }
      api.json("DELETE", "/api/vms/" + id + "?wait=destroyed&timeout=1m", null);
    }

    void removeQuietly() {
      try {
        remove();
      } catch (RuntimeException e) {
        System.err.println("visco: the VM could not be destroyed: " + e.getMessage());
      }
    }
  }
}
