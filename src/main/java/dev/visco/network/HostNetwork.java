package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.NetworkBounds;
import java.nio.file.Path;

/**
 * The host's side of all slots: rules, the route over the pool, forwarding, the TUN device. Every
 * call is safe to repeat.
 */
public final class HostNetwork {
  private final Host host;
  private final InstallationId installation;
  private final Pools pools;
  private final Uplink uplink;
  private final NetworkBounds bounds;
  private final Path tun;

  HostNetwork(
      Host host,
      InstallationId installation,
      Pools pools,
      Uplink uplink,
      NetworkBounds bounds,
      Path tun) {
    this.host = host;
    this.installation = installation;
    this.pools = pools;
    this.uplink = uplink;
    this.bounds = bounds;
    this.tun = tun;
  }

  /** How the host is now, for {@link #close} to restore. */
  public HostBefore before() {
    return new HostBefore(
        host.check(Command.of("sysctl", "-n", "net.ipv4.ip_forward")).output().strip(),
        host.check(Command.of("stat", "-c", "%a", tun.toString())).output().strip());
  }

  /**
   * The host's side: rules, and the unreachable route over the pool, so that nothing for a VM that
   * is gone leaves by the uplink. Forwarding is switched on, and VMMs may open their TAPs. Refused
   * when the pool overlaps a route that is not ours.
   */
  public void open() {
    refuseOverlap();
    // The table comes first and goes last: an unreachable route without it is somebody else's.
    String rules = Ruleset.host(installation, pools.all(), uplink, bounds);
    host.check(Command.of("nft", "-f", "-").withInput(rules));
    pools.all().forEach(each -> host.check(unreachable("replace", each)));
    host.check(Command.of("sysctl", "-q", "-w", "net.ipv4.ip_forward=1"));
    // What udev's own rules give it (50-udev-default.rules): a TAP still opens only for its owner.
    host.check(Command.of("chmod", "666", tun.toString()));
  }

  private void refuseOverlap() {
    Command table = Command.of("nft", "list", "table", "inet", Ruleset.hostTable(installation));
    Command routes = Command.of("ip", "-4", "route", "show", "table", "all");
    new HostRoutes(host.check(routes).output())
        .refuseOverlap(pools.today(), installation, host.run(table).succeeded());
  }

  /** Undoes {@link #open}. */
  public void close(HostBefore before) {
    pools.all().forEach(this::leavePool);
    host.check(Command.of("sysctl", "-q", "-w", "net.ipv4.ip_forward=" + before.forwarding()));
    host.run(Command.of("nft", "delete", "table", "inet", Ruleset.hostTable(installation)));
    host.check(Command.of("chmod", before.tunMode(), tun.toString()));
  }

  /** Takes away the route over a pool in which no VM is any more; nothing when there is none. */
  public void leavePool(Cidr left) {
    host.run(unreachable("del", left));
  }

  private static Command unreachable(String verb, Cidr pool) {
    return Command.of("ip", "route", verb, "unreachable", pool.toString(), "metric", "4294967295");
  }

  /** Whether the host forwards packets at all. */
  public boolean isForwarding() {
    return SlotObserver.isForwarding();
  }
}
