package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco forward}: ports of a VM as ports here. */
@Command(
    name = "forward",
    mixinStandardHelpOptions = true,
    description = {
      "Makes ports of a VM ports of this host, until Ctrl-C.",
      "They are reached as the VM itself reaches them, its localhost too."
    },
    footer = {
      "",
      "Examples: visco forward vm-12 8080",
      "          visco forward vm-12 3001:3000 :5432"
    })
final class ForwardCommand implements Callable<Integer> {
  private static final Pattern PORTS = Pattern.compile("(?:(\\d{0,5}):)?(\\d{1,5})");

  private final CommandContext context;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "address of this host to listen on (${DEFAULT-VALUE})")
  private String address = "127.0.0.1";

  @Option(
      names = "--stdio",
      description = "connects standard input and output to the one port that is named")
  private boolean isStdio;

  @Option(
      names = "--json",
      description = "prints all ports as one line of JSON once they can be reached")
  private boolean isJson;

  @Mixin private final VmParameter target = new VmParameter();

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "[LOCAL:]REMOTE",
      description = "a port of the VM, and one here if it is another; :REMOTE takes any free one")
  private List<String> ports = new ArrayList<>();

  ForwardCommand(CommandContext context) {
    this.context = context;
  }

  /** A port here, 0 for any, and one of the VM. */
  record Forwarded(int local, int remote) {
    static Forwarded of(String text) {
      Matcher found = PORTS.matcher(text);
      int remote = found.matches() ? Integer.parseInt(found.group(2)) : 0;
      int local = 0;
      if (found.matches()) {
        String given = found.group(1);
        local = given == null ? remote : given.isEmpty() ? 0 : Integer.parseInt(given);
      }
      if (remote < 1 || remote > 65_535 || local > 65_535) {
        throw Refused.invalid(
            "[LOCAL:]REMOTE",
            text,
            "is no pair of ports",
            "Give a port from 1 to 65535, or two like 3001:3000.");
      }
      return new Forwarded(local, remote);
    }
  }

  @Override
  public Integer call() throws IOException {
    List<Forwarded> all = ports.stream().map(Forwarded::of).toList();
    DaemonClient api = context.api();
    String id = target.id(api);
    try (var client = new PortClient(api, id)) {
      if (isStdio) {
        return stdio(client, all);
      }
      var open = new ArrayList<ForwardedPort>();
      try {
        for (Forwarded one : all) {
          open.add(ForwardedPort.open(context, client, address, one.local(), one.remote()));
        }
        serve(id, open);
        return CommandExitCode.OK;
      } finally {
        open.forEach(ForwardedPort::close);
      }
    }
  }

  private int stdio(PortClient client, List<Forwarded> all) throws IOException {
    if (isJson) {
      throw Refused.invalid(
          "--json", "--stdio", "cannot share standard output with the port", "Leave one out.");
    }
    if (all.size() != 1) {
      throw Refused.invalid(
          "--stdio", Integer.toString(all.size()), "are too many ports", "Name one port.");
    }
    client.relayStandard(all.getFirst().remote(), context.rawOut());
    return CommandExitCode.OK;
  }

  private Map<String, Object> document(String id, List<ForwardedPort> open) {
    var ports = new ArrayList<Map<String, Object>>();
    for (ForwardedPort one : open) {
      var port = new LinkedHashMap<String, Object>();
      port.put("address", address);
      port.put("local", one.local());
      port.put("remote", one.remote());
      ports.add(port);
    }
    var document = new LinkedHashMap<String, Object>();
    document.put("vmId", id);
    document.put("ports", ports);
    return document;
  }

  private void serve(String id, List<ForwardedPort> open) {
    if (isJson) {
      context.out().println(Json.line(document(id, open)));
    }
    for (ForwardedPort one : open) {
      if (!isJson) {
        context
            .out()
            .println(
                "Forwarding %s:%d to port %d of %s"
                    .formatted(address, one.local(), one.remote(), id));
      }
      one.start();
    }
    for (ForwardedPort one : open) {
      try {
        one.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
