package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.NetworkBounds;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The host's side of all slots: rules, the route over the pool, forwarding, the TUN device. Every
 * call is safe to repeat.
 */
public final class HostNetwork {
  /** The first line of the set that the kernel changes by itself, as nft(8) lists it. */
  private static final String CONNECTIONS = "\tset connections {";

  private static final String END = "\n\t}";

  private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

  /**
   * The mode that udev's rules give it (50-udev-default.rules): a TAP can still be opened by its
   * owner only.
   */
  private static final String TUN_MODE = "666";

  private final Host host;
  private final InstallationId installation;
  private final Pools pools;
  private final CurrentUplink uplink;
  private final NetworkBounds bounds;
  private final Path tun;
  private final HostGuard guard;
  private final HostFirewalls firewalls;
  private final SharedBefore shared;

  /** The table as listed when it was made. */
  private volatile String made = "";

  HostNetwork(
      Host host,
      InstallationId installation,
      Pools pools,
      CurrentUplink uplink,
      NetworkBounds bounds,
      Path tun) {
    this.host = host;
    this.installation = installation;
    this.pools = pools;
    this.uplink = uplink;
    this.bounds = bounds;
    this.tun = tun;
    this.guard = new HostGuard(host, installation);
    this.firewalls = new HostFirewalls(host, installation, pools);
    this.shared = new SharedBefore();
  }

  /**
   * The host's settings without Visco, for {@link #close} to restore: the present ones, or those
   * that the first installation on this host found. Refused on a host without TUN.
   */
  public HostBefore before() {
    String mode = tunMode();
    return isNeededByOthers()
        ? shared.find().orElseGet(() -> new HostBefore(forwarding(), mode))
        : new HostBefore(forwarding(), mode);
  }

  /**
   * Records the host's settings without Visco for its other installations; to be called before
   * {@link #open}.
   */
  public void share(HostBefore before) {
    if (!isNeededByOthers()) {
      shared.write(before);
    }
  }

  private String tunMode() {
    if (!Files.exists(tun)) {
      throw new Refused(
          new Refusal.HostLacks(
              "tun",
              "This host has no " + tun + ", which every VM's network needs.",
              "Load it: modprobe tun. In an LXC container give it one:"
                  + " lxc.cgroup2.devices.allow = c 10:200 rwm and lxc.mount.entry = /dev/net/tun"
                  + " dev/net/tun none bind,create=file. On a hosted server ask its provider for"
                  + " TUN/TAP."));
    }
    return host.check(Command.of("stat", "-c", "%a", tun.toString())).output().strip();
  }

  private static String forwarding() {
    try {
      return Files.readString(FORWARDING).strip();
    } catch (IOException e) {
      throw new HostFault("cannot read " + FORWARDING + ": " + e.getMessage(), e);
    }
  }

  /** Writes the file directly: not every host has sysctl(8). */
  private static void forward(String value) {
    try {
      Files.writeString(FORWARDING, value + "\n");
    } catch (IOException e) {
      throw new HostFault("cannot write " + FORWARDING + ": " + e.getMessage(), e);
    }
  }

  /**
   * Sets up the host's side: rules, forwarding, the mode of the TUN device by which VMMs may open
   * their TAPs, and an unreachable route over the pool, so that packets for a VM that no longer
   * exists do not leave by the uplink. Refused when the pool overlaps another program's route.
   */
  public void open() {
    refuseOverlap();
    guard.hold(pools.all(), uplink.now());
    applyTable();
    firewalls.admit();
    pools.all().forEach(each -> host.check(unreachable("replace", each)));
    forward("1");
    host.check(Command.of("chmod", TUN_MODE, tun.toString()));
  }

  /** Updates the nameserver in the rules; to be called after {@link #open}. */
  public void followUplink() {
    guard.hold(pools.all(), uplink.now());
    applyTable();
  }

  private void applyTable() {
    host.check(
        Command.of("nft", "-f", "-")
            .withInput(Ruleset.host(installation, pools.all(), uplink.now(), bounds)));
    made = table();
  }

  /**
   * The table's present rules, without the sets that the kernel changes; empty when there is no
   * table.
   */
  private String table() {
    String listed =
        host.run(Command.of("nft", "-s", "list", "table", "inet", Ruleset.hostTable(installation)))
            .output();
    int start = listed.indexOf(CONNECTIONS);
    int end = start < 0 ? -1 : listed.indexOf(END, start);
    return end < 0 ? listed : listed.substring(0, start) + listed.substring(end + END.length());
  }

  /**
   * Restores what other programs removed of what {@link #open} made: rules, routes, forwarding, the
   * mode of the TUN device. To be called periodically.
   *
   * @return what was restored, in words; empty when nothing was missing
   */
  public List<String> repair() {
    var mended = new ArrayList<String>();
    // In this order: rules first, then what they guard.
    if (guard.hold(pools.all(), uplink.now())) {
      mended.add("the table inet " + HostGuard.table(installation));
    }
    String now = table();
    if (!now.equals(made)) {
      applyTable();
      mended.add("the table inet " + Ruleset.hostTable(installation));
    }
    if (firewalls.admit()) {
      mended.add("the rules for guests in Docker's chain DOCKER-USER");
    }
    String routes =
        host.check(Command.of("ip", "-4", "route", "show", "type", "unreachable")).output();
    for (Cidr pool : pools.all()) {
      if (!routes.contains("unreachable " + pool + " ")) {
        host.check(unreachable("replace", pool));
        mended.add("the route unreachable " + pool);
      }
    }
    if (!forwarding().equals("1")) {
      forward("1");
      mended.add("net.ipv4.ip_forward=1");
    }
    if (Files.exists(tun) && !tunMode().equals(TUN_MODE)) {
      host.check(Command.of("chmod", TUN_MODE, tun.toString()));
      mended.add("mode " + TUN_MODE + " of " + tun);
    }
    return mended;
  }

  private void refuseOverlap() {
    String routes = host.check(Command.of("ip", "-4", "route", "show", "table", "all")).output();
    new HostRouteTable(routes).refuseOverlap(pools.today(), installation, othersTables());
  }

  /** The tables of other installations of Visco. */
  private String othersTables() {
    var tables = new StringBuilder();
    for (String name : KernelObjects.tables(host)) {
      if (!name.equals(Ruleset.hostTable(installation))) {
        tables.append(host.run(Command.of("nft", "list", "table", "inet", name)).output());
      }
    }
    return tables.toString();
  }

  /**
   * Undoes {@link #open}, each part also when another one fails. Forwarding and the mode of the TUN
   * device stay while another installation of Visco is on this host; the last one restores them.
   *
   * @param before null when it was never recorded, and so nothing was changed
   * @return what could not be undone, in words
   */
  public List<String> close(@Nullable HostBefore before) {
    var left = new ArrayList<String>();
    for (Cidr pool : pools.all()) {
      attempt(left, () -> leavePool(pool));
    }
    if (before != null && !isNeededByOthers()) {
      attempt(left, () -> forward(before.forwarding()));
      attempt(left, () -> host.check(Command.of("chmod", before.tunMode(), tun.toString())));
      attempt(left, shared::remove);
    }
    attempt(
        left,
        () ->
            host.run(
                Command.of("nft", "delete", "table", "inet", Ruleset.hostTable(installation))));
    attempt(left, firewalls::withdraw);
    attempt(left, guard::release);
    return left;
  }

  private boolean isNeededByOthers() {
    return KernelObjects.tables(host).stream()
        .anyMatch(name -> !name.equals(Ruleset.hostTable(installation)));
  }

  private static void attempt(List<String> left, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      left.add(e.getMessage() + "");
    }
  }

  /** Removes the route over a pool that has no VMs any more; does nothing when there is none. */
  public void leavePool(Cidr left) {
    host.run(unreachable("del", left));
  }

  private static Command unreachable(String verb, Cidr pool) {
    return Command.of(
        "ip", "route", verb, "unreachable", pool.toString(), "metric", HostRouteTable.METRIC);
  }

  /** The effect of the host's packet rules on guests now. */
  public HostRules rules() {
    return firewalls.inspect(uplink.now().nameserver());
  }

  /** Whether the host forwards packets. */
  public boolean isForwarding() {
    return SlotObserver.isForwarding();
  }
}
