package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.SlotIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds the kernel's network objects with Visco's prefix. */
final class KernelObjects {
  static final String NAMESPACE = "namespace";
  static final String LINK = "link";
  private static final Pattern NETNS = Pattern.compile("visco-([0-9a-f]{4})-(\\d{1,4})");
  private static final Pattern VETH = Pattern.compile("v([0-9a-f]{4})h(\\d{1,4})");
  private static final Pattern TABLE = Pattern.compile("visco_([0-9a-f]{4})");
  private static final Command TABLES = Command.of("nft", "list", "tables", "inet");
  private final Host host;
  private final InstallationId installation;
  private final Pools pools;

  KernelObjects(Host host, InstallationId installation, Pools pools) {
    this.host = host;
    this.installation = installation;
    this.pools = pools;
  }

  /** All network objects with Visco's prefix, of this and other installations. */
  List<KernelObject> all() {
    var found = new ArrayList<KernelObject>();
    add(found, NAMESPACE, NETNS, namespaces());
    add(found, LINK, VETH, links());
    add(found, "table", TABLE, lastWords(host, TABLES));
    String routes = host.check(Command.of("ip", "route", "show", "type", "unreachable")).output();
    for (Cidr each : pools.all()) {
      if (routes.contains("unreachable " + each + " ")) {
        found.add(new KernelObject("route", "unreachable " + each, true, null));
      }
    }
    return found;
  }

  private void add(List<KernelObject> found, String kind, Pattern form, List<String> names) {
    for (String name : names) {
      var matcher = form.matcher(name);
      if (matcher.matches()) {
        SlotIndex slot =
            matcher.groupCount() < 2 || Integer.parseInt(matcher.group(2)) > SlotIndex.MAX
                ? null
                : new SlotIndex(Integer.parseInt(matcher.group(2)));
        boolean ours = matcher.group(1).equals(installation.value());
        found.add(new KernelObject(kind, name, ours, ours ? slot : null));
      }
    }
  }

  private List<String> links() {
    return host.check(Command.of("ip", "-brief", "link", "show", "type", "veth"))
        .output()
        .lines()
        .map(line -> line.split("[@\\s]", -1)[0])
        .toList();
  }

  /** The names of the namespaces of ip-netns(8). */
  List<String> namespaces() {
    return host.check(Command.of("ip", "netns", "list"))
        .output()
        .lines()
        .map(line -> line.split("\\s", -1)[0])
        .toList();
  }

  /** The tables of all installations of Visco on this host, by name. */
  static List<String> tables(Host host) {
    return lastWords(host, TABLES).stream().filter(TABLE.asMatchPredicate()).toList();
  }

  private static List<String> lastWords(Host host, Command command) {
    return host.check(command)
        .output()
        .lines()
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .toList();
  }
}
