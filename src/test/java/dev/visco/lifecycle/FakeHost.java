package dev.visco.lifecycle;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A host whose kernel holds namespaces, links, tables, a route and processes, and answers {@code
 * ip} and {@code nft} about them as the real ones do. It makes nothing: a test puts in what it
 * needs.
 */
public final class FakeHost implements Host {
  public static final String BOOT = "boot-one";
  public final Set<String> namespaces = new LinkedHashSet<>();
  public final Set<String> links = new LinkedHashSet<>();
  public final Set<String> tables = new LinkedHashSet<>();
  public final Set<String> unreachable = new LinkedHashSet<>();
  public final Set<String> stuckLinks = new LinkedHashSet<>();

  /** Told each command before it is run. */
  public Consumer<String> onCommand = line -> {};

  /** Run before each look at the processes. */
  public Runnable onProcesses = () -> {};

  public final List<RunningProcess> processes = new ArrayList<>();

  /** Adds a process and returns its pid. */
  public long run(String... arguments) {
    long pid = 1000 + processes.size();
    processes.add(new RunningProcess(new ProcessRef(pid, pid * 7, BOOT), 0, List.of(arguments)));
    return pid;
  }

  /** All that it holds, as text. */
  public List<String> everything() {
    var all = new ArrayList<String>();
    all.addAll(namespaces);
    all.addAll(links);
    all.addAll(tables);
    all.addAll(unreachable);
    processes.forEach(process -> all.add(process.ref().pid() + " " + process.arguments()));
    return all;
  }

  @Override
  public CommandResult run(Command command) {
    String line = String.join(" ", command.arguments());
    String last = command.arguments().getLast();
    onCommand.accept(line);
    return switch (line) {
      case "ip netns list" -> said(namespaces, "%s (id: 3)%n");
      case "ip -brief link show type veth" -> said(links, "%s@if2    UP   02:01:00:00:00:00%n");
      case "nft list tables inet" -> said(tables, "table inet %s%n");
      case "ip route show type unreachable" -> said(unreachable, "unreachable %s metric 9 %n");
      default -> {
        if (line.startsWith("ip link del ")) {
          yield of(!stuckLinks.contains(last) && links.remove(last));
        }
        if (line.startsWith("ip netns del ")) {
          yield of(namespaces.remove(last));
        }
        if (line.startsWith("ip route del unreachable ")) {
          yield of(unreachable.remove(command.arguments().get(4)));
        }
        if (line.startsWith("setpriv --reuid=") && line.endsWith(" kill -KILL -- -1")) {
          int uid = Integer.parseInt(line.split("[= ]")[2]);
          yield of(processes.removeIf(running -> running.uid() == uid));
        }
        if (line.startsWith("ip link show ")) {
          yield of(links.contains(last));
        }
        throw new HostFault("this host knows no command " + line);
      }
    };
  }

  private static CommandResult said(Set<String> names, String form) {
    var text = new StringBuilder();
    names.forEach(name -> text.append(form.formatted(name)));
    return new CommandResult(0, text.toString(), "");
  }

  private static CommandResult of(boolean isThere) {
    return isThere ? new CommandResult(0, "", "") : new CommandResult(1, "", "Cannot find device");
  }

  @Override
  public ProcessRef start(Detached process) {
    throw new HostFault("this host starts nothing");
  }

  @Override
  public boolean isAlive(ProcessRef process) {
    return processes.stream().anyMatch(running -> running.ref().equals(process));
  }

  @Override
  public void setParameters(String netns, Map<String, String> values) {
    // It has none, and whoever sets them never reads them.
  }

  @Override
  public void terminate(ProcessRef process, boolean kill) {
    processes.removeIf(running -> running.ref().equals(process));
  }

  @Override
  public List<RunningProcess> processes() {
    onProcesses.run();
    return List.copyOf(processes);
  }

  @Override
  public String bootId() {
    return BOOT;
  }

  @Override
  public String kernelRelease() {
    return "6.1.0-host";
  }

  @Override
  public long memoryMib() {
    return 8192;
  }

  @Override
  public int processors() {
    return 2;
  }
}
