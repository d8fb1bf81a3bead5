package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco vnc}: serves a VM's desktop on a local port. */
@Command(
    name = "vnc",
    mixinStandardHelpOptions = true,
    description =
        "Serves a VM's desktop on a local port for ordinary VNC viewers, until Ctrl-C. There is no"
            + " password: everybody who can reach the port sees the desktop.",
    footer = {"", "Example: visco vnc vm-12 --at 127.0.0.1:5901"})
final class VncCommand implements Callable<Integer> {
  private final CommandContext context;

  @Option(
      names = "--at",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:5901",
      description = "address to listen on (${DEFAULT-VALUE}); port 0 picks a free one")
  private String listen = "127.0.0.1:5901";

  @Option(names = "--view-only", description = "viewers see the desktop but cannot type or click")
  private boolean viewOnly;

  @Option(
      names = "--json",
      description = "prints the address as one line of JSON once viewers can connect")
  private boolean isJson;

  @Mixin private final VmParameter target = new VmParameter();

  VncCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    InetSocketAddress address = address(listen);
    DaemonClient api = context.api();
    String id = target.id(api);
    DesktopCommands.ticket(api, id, viewOnly); // Fails now if the desktop cannot be viewed.
    try (var listener = ServerSocketChannel.open()) {
      bind(listener, address);
      serve(listener, api, id);
      return CommandExitCode.OK;
    } catch (ClosedByInterruptException e) {
      return CommandExitCode.OK;
    } catch (IOException e) {
      throw new ApiException(
          "No viewer can connect to " + listen + " any more: " + e.getMessage(),
          CommandExitCode.FAILED);
    }
  }

  private static void bind(ServerSocketChannel listener, InetSocketAddress address)
      throws IOException {
    listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    try {
      listener.bind(address);
    } catch (IOException e) {
      throw Refused.invalid(
          "--at",
          address.getHostString() + ":" + address.getPort(),
          "cannot be listened on: " + e.getMessage(),
          "Give another port, like 127.0.0.1:5902.");
    }
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    InetSocketAddress found =
        colon > 0 && port.matches("\\d{1,5}") && Integer.parseInt(port) <= 65_535
            ? new InetSocketAddress(text.substring(0, colon), Integer.parseInt(port))
            : null;
    if (found == null || found.isUnresolved()) {
      throw Refused.invalid(
          "--at",
          text,
          "is not an address and a port",
          "Give an address of this machine and a port, like 127.0.0.1:5901.");
    }
    return found;
  }

  private static Map<String, Object> document(String id, InetSocketAddress local) {
    var document = new LinkedHashMap<String, Object>();
    document.put("vmId", id);
    document.put("address", local.getHostString());
    document.put("port", local.getPort());
    return document;
  }

  private void serve(ServerSocketChannel listener, DaemonClient api, String id) throws IOException {
    var local = (InetSocketAddress) listener.getLocalAddress();
    String where = local.getHostString() + "::" + local.getPort();
    if (isJson) {
      context.out().println(Json.line(document(id, local)));
    } else {
      context.out().println("The desktop of " + id + " is at " + where + " until Ctrl-C. Type:");
      context.out().println("  vncviewer " + where);
    }
    try (var client = new VncClient(api, id)) {
      for (; ; ) {
        SocketChannel viewer = listener.accept();
        Thread.ofVirtual().name("viewer").start(() -> relay(client, api, id, viewer));
      }
    }
  }

  private void relay(VncClient client, DaemonClient api, String id, SocketChannel viewer) {
    try (viewer) {
      viewer.setOption(StandardSocketOptions.TCP_NODELAY, true);
      context.err().println("visco: a viewer has connected");
      JsonNode ticket = DesktopCommands.ticket(api, id, viewOnly);
      String why = client.relay(viewer, ticket.path("ticket").asString());
      context.err().println("visco: a viewer has gone" + (why.isEmpty() ? "" : ": " + why));
    } catch (IOException | ApiException e) {
      context.err().println("visco: a viewer was disconnected: " + e.getMessage());
    }
  }
}
