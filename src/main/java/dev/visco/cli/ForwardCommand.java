package dev.visco.cli;

import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
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
      var listeners = new ArrayList<ServerSocket>();
      try {
        for (Forwarded one : all) {
          listeners.add(listener(one));
        }
        serve(client, id, all, listeners);
        return CommandExitCode.OK;
      } finally {
        for (ServerSocket listener : listeners) {
          listener.close();
        }
      }
    }
  }

  private int stdio(PortClient client, List<Forwarded> all) throws IOException {
    if (all.size() != 1) {
      throw Refused.invalid(
          "--stdio", Integer.toString(all.size()), "are too many ports", "Name one port.");
    }
    client.relayStandard(all.getFirst().remote(), context.rawOut());
    return CommandExitCode.OK;
  }

  private ServerSocket listener(Forwarded ports) throws IOException {
    var listener = new ServerSocket();
    try {
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getByName(address), ports.local()));
      return listener;
    } catch (IOException e) {
      listener.close();
      throw Refused.invalid(
          "LOCAL",
          address + ":" + ports.local(),
          "cannot be listened on: " + e.getMessage(),
          "Give another port before the colon, like 3001:" + ports.remote() + ".");
    }
  }

  private void serve(
      PortClient client, String id, List<Forwarded> all, List<ServerSocket> listeners) {
    var threads = new ArrayList<Thread>();
    for (int at = 0; at < all.size(); at++) {
      ServerSocket listener = listeners.get(at);
      int remote = all.get(at).remote();
      context
          .out()
          .println(
              "Forwarding "
                  + address
                  + ":"
                  + listener.getLocalPort()
                  + " to port "
                  + remote
                  + " of "
                  + id);
      threads.add(
          Thread.ofVirtual()
              .name("forwards port " + remote)
              .start(() -> accept(client, listener, remote)));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void accept(PortClient client, ServerSocket listener, int remote) {
    while (!listener.isClosed()) {
      try {
        Socket here = listener.accept();
        Thread.ofVirtual()
            .name("connection to port " + remote)
            .start(() -> relay(client, here, remote));
      } catch (IOException e) {
        return; // It was closed.
      }
    }
  }

  private void relay(PortClient client, Socket here, int remote) {
    try (here) {
      here.setTcpNoDelay(true);
      String ending =
          client.relay(
              remote,
              new PortClient.Local() {
                @Override
                public InputStream input() throws IOException {
                  return here.getInputStream();
                }

                @Override
                public OutputStream output() throws IOException {
                  return here.getOutputStream();
                }

                @Override
                public void endOutput() throws IOException {
                  here.shutdownOutput();
                }
              });
      if (!ending.isEmpty()) {
        here.setSoLinger(true, 0); // A reset: it did not end well.
        context.err().println("visco: port " + remote + ": " + ending);
      }
    } catch (IOException e) {
      context.err().println("visco: port " + remote + ": " + e.getMessage());
    }
  }
}
