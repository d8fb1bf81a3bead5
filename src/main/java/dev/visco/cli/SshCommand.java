package dev.visco.cli;

import dev.visco.host.ForegroundProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco ssh}. */
@Command(
    name = "ssh",
    mixinStandardHelpOptions = true,
    description = {
      "Signs in to a VM with this host's ssh, or runs a command there.",
      "The VM takes your key for an hour, and its host key is checked. The exit code is",
      "the command's, or 255 when it could not be run."
    },
    footer = {
      "",
      "Everything after VM is the command, joined by blanks as ssh does it.",
      "For scp, rsync, editors and options of ssh: visco ssh-config.",
      "",
      "Examples: visco ssh vm-12",
      "          visco ssh vm-12 uname -r"
    })
final class SshCommand implements Callable<Integer>, RunsInGuest {
  private static final int PORT = 22;

  private final CommandContext context;

  @Option(
      names = {"-l", "--login"},
      paramLabel = "USER",
      defaultValue = "root",
      description = "the guest's user; others than root need keys of their own in the guest")
  private String user = "root";

  @Option(
      names = {"-i", "--identity"},
      paramLabel = "FILE",
      description = "the key to sign in with, FILE.pub beside it (one that visco makes)")
  private @Nullable Path identity;

  @Option(
      names = {"-t", "--tty"},
      description = "gives the command a terminal")
  private boolean isTerminal;

  @Option(
      names = "--stdio",
      description = "relays to the VM's sshd, as a ProxyCommand of ssh wants it")
  private boolean isStdio;

  @Parameters(
      index = "0",
      paramLabel = "VM",
      description = "the VM's name, its id, or a unique beginning of its id, with or without vm-")
  private String name = "";

  @Parameters(index = "1..*", paramLabel = "COMMAND", description = "what to run; else a shell")
  private List<String> command = new ArrayList<>();

  private SshCommand(CommandContext context) {
    this.context = context;
  }

  /** Everything after the VM belongs to the command in it. */
  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new SshCommand(context)).setStopAtPositional(true);
  }

  @Override
  public int ownFailure() {
    return CommandExitCode.SSH_FAILED;
  }

  @Override
  public Integer call() throws IOException {
    SshFolder folder = SshFolder.ofUser(System.getenv());
    if (isStdio) {
      return relay(folder);
    }
    String id = VmNames.whole(context.api(), name);
    if (identity == null) {
      folder.publicKey(); // ssh looks at the file before it starts its ProxyCommand.
    }
    var words = new ArrayList<>(List.of("ssh"));
    folder
        .settings(identity == null ? folder.identity() : identity.toAbsolutePath(), proxy(id))
        .forEach((key, value) -> words.addAll(List.of("-o", key + "=" + value)));
    words.addAll(List.of("-o", "LogLevel=ERROR", "-l", user));
    if (isTerminal) {
      words.add("-t");
    }
    words.add(id);
    words.addAll(command);
    return ForegroundProcess.run(words);
  }

  private String proxy(String id) {
    var words = new ArrayList<>(SshProxy.running());
    words.add("ssh");
    words.addAll(SshProxy.options(context.flags()));
    if (identity != null) {
      words.addAll(List.of("-i", identity.toAbsolutePath().toString()));
    }
    words.addAll(List.of("--stdio", id));
    return SshProxy.line(words);
  }

  /** Has the VM take the key and {@code ssh} know the VM, and relays. */
  private int relay(SshFolder folder) throws IOException {
    DaemonClient api = context.api();
    String id = VmNames.whole(api, name);
    String key = identity == null ? folder.publicKey() : SshFolder.publicKey(identity);
    JsonNode taken =
        api.json("POST", "/api/vms/" + id + "/ssh-keys", Map.of("publicKey", key, "ttl", "1h"));
    folder.trust(name, taken.path("hostKey").asString());
    try (var client = new PortClient(api, id)) {
      client.relayStandard(PORT, context.rawOut());
      return CommandExitCode.OK;
    }
  }
}
