package dev.visco.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco ssh-config}. */
@Command(
    name = "ssh-config",
    mixinStandardHelpOptions = true,
    description = {
      "Prints settings by which ssh, scp, rsync, editors and Ansible reach VMs.",
      "Without VM they are for every id; they hold for VMs to come as well."
    },
    footer = {"", "Example: visco ssh-config >> ~/.ssh/config; scp file vm-1234abcd:/srv/"})
final class SshConfigCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(
      names = {"-i", "--identity"},
      paramLabel = "FILE",
      description = "the key to sign in with, FILE.pub beside it (one that visco makes)")
  private @Nullable Path identity;

  @Option(
      names = "--program",
      paramLabel = "COMMAND",
      description = "how ssh starts visco, like 'sudo visco' (this program)")
  private @Nullable String program;

  @Parameters(
      arity = "0..*",
      paramLabel = "VM",
      description = "VMs, each to be reached by its id and its name")
  private List<String> names = new ArrayList<>();

  SshConfigCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    var hosts = new ArrayList<String>();
    if (names.isEmpty()) {
      hosts.add("vm-*");
    } else {
      DaemonClient api = context.api();
      for (String name : names) {
        String id = VmNames.whole(api, name);
        JsonNode vm = api.json("GET", "/api/vms/" + id, null);
        hosts.add(id);
        if (vm.has("name")) {
          hosts.add(vm.path("name").asString());
        }
      }
    }
    SshFolder folder = SshFolder.ofUser(System.getenv());
    folder.publicKey(); // ssh looks at the file before it starts its ProxyCommand.
    Path key = identity == null ? folder.identity() : identity.toAbsolutePath();
    context.out().println("Host " + String.join(" ", hosts));
    folder
        .settings(key, proxy())
        .forEach((name, value) -> context.out().println("  " + name + " " + value));
    return CommandExitCode.OK;
  }

  private String proxy() {
    var words = new ArrayList<String>(List.of("ssh"));
    words.addAll(SshProxy.options(context.flags()));
    if (identity != null) {
      words.addAll(List.of("-i", identity.toAbsolutePath().toString()));
    }
    words.add("--stdio");
    String start =
        program == null
            ? SshProxy.line(List.of(SshProxy.launcher(System.getenv())))
            : program.replace("%", "%%");
    return start + " " + SshProxy.line(words) + " %h";
  }
}
