package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.SlotIndex;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Makes, looks at and removes slots. Every call is safe to repeat. */
public final class Networks {
  private static final Pattern ARP_REPLY = Pattern.compile("\\[([0-9A-Fa-f:]{17})]");

  /** Where ip-netns(8) keeps them by name. */
  private static final Path NAMESPACES = Path.of("/run/netns");

  private final Host host;
  private final InstallationId installation;
  private final Pools pools;
  private final Uplink uplink;
  private final HostNetwork hostNetwork;
  private final KernelObjects objects;

  public Networks(Host host, InstallationId installation, Cidr pool, Uplink uplink) {
    this(host, installation, pool, uplink, Path.of("/dev/net/tun"));
  }

  Networks(Host host, InstallationId installation, Cidr pool, Uplink uplink, Path tun) {
    this.host = host;
    this.installation = installation;
    this.pools = new Pools(pool);
    this.uplink = uplink;
    this.hostNetwork = new HostNetwork(host, installation, pools, tun);
    this.objects = new KernelObjects(host, installation, pools);
  }

  /** The host's side of the network, which all slots share. */
  public HostNetwork hostNetwork() {
    return hostNetwork;
  }

  public SlotPlan plan(SlotIndex index) {
    return new SlotPlan(installation, pools.of(index), index);
  }

  /** Under which the host reaches the slot's guest; empty when the slot is beyond the pool. */
  public Optional<Ipv4> address(SlotIndex index) {
    Cidr in = pools.of(index);
    return index.value() < SlotPlan.slots(in)
        ? Optional.of(new SlotPlan(installation, in, index).guest().address())
        : Optional.empty();
  }

  /** The pool that new slots are made in. */
  public Cidr pool() {
    return pools.today();
  }

  public Uplink uplink() {
    return uplink;
  }

  /** These slots belong to VMs that have their addresses of an earlier pool, and keep them. */
  public void keep(Map<SlotIndex, Cidr> earlier) {
    pools.keep(earlier);
  }

  /** The slot's VM is gone: whoever has it next is in today's pool. */
  public void forget(SlotIndex index) {
    pools.forget(index);
  }

  public InstallationId installation() {
    return installation;
  }

  /** How many slots there can be. */
  public int slots() {
    return SlotPlan.slots(pools.today());
  }

  /**
   * Makes the slot anew: whatever is there of an earlier one, and with it every memory of an
   * earlier guest (connections, neighbours), goes with the old namespace.
   */
  public void open(SlotIndex index) {
    SlotPlan plan = plan(index);
    close(index);
    host.check(Command.of("ip", "-batch", "-").withInput(outerBatch(plan)));
    host.check(Command.of("ip", "-batch", "-").withInput(innerBatch(plan)).inNetns(plan.netns()));
    host.check(
        Command.of("sysctl", "-q", "-e", "-p", "-").withInput(sysctls(plan)).inNetns(plan.netns()));
    host.check(
        Command.of("nft", "-f", "-").withInput(Ruleset.slot(plan, uplink)).inNetns(plan.netns()));
    // The route comes last: a slot is reachable only once it is guarded.
    host.check(Command.of("ip", "-batch", "-").withInput(routeBatch(plan)));
  }

  /**
   * Namespace and veth pair. Neighbours are permanent on both ends: nothing ever waits for an ARP
   * answer on a veth.
   */
  private static String outerBatch(SlotPlan plan) {
    return """
    netns add %netns
    link add %veth address %hostMac type veth peer name %inner address %innerMac netns %netns
    """
        .replace("%netns", plan.netns())
        .replace("%veth", plan.hostVeth())
        .replace("%hostMac", plan.hostMac().value())
        .replace("%innerMac", plan.innerMac().value())
        .replace("%inner", plan.innerVeth());
  }

  private static String innerBatch(SlotPlan plan) {
    var guest = plan.guest();
    return """
    link set lo up
    tuntap add %tap mode tap user %uid vnet_hdr
    link set %tap address %tapMac
    link set %tap up
    link set %inner up
    addr add %gateway/32 dev %tap
    route add unreachable %pool metric 4000000000
    route add %address/32 dev %tap src %gateway
    neigh replace %address lladdr %mac dev %tap nud permanent
    neigh replace %host lladdr %hostMac dev %inner nud permanent
    route add %host/32 dev %inner
    route add default via %host dev %inner onlink
    """
        .replace("%tapMac", SlotPlan.TAP_MAC.value())
        .replace("%tap", plan.tap())
        .replace("%uid", Integer.toString(plan.uid()))
        .replace("%inner", plan.innerVeth())
        .replace("%gateway", guest.gateway().toString())
        .replace("%address", guest.address().toString())
        .replace("%mac", guest.mac().value())
        .replace("%hostMac", plan.hostMac().value())
        .replace("%host", SlotPlan.hostSide(plan.pool()).toString())
        .replace("%pool", plan.pool().toString());
  }

  /**
   * A TAP without a VMM has no carrier: its route is then passed over, and the unreachable one
   * answers at once.
   */
  private static String sysctls(SlotPlan plan) {
    return """
    net.ipv4.ip_forward=1
    net.ipv4.conf.all.ignore_routes_with_linkdown=1
    net.ipv4.conf.%tap.ignore_routes_with_linkdown=1
    net.ipv4.conf.all.send_redirects=0
    net.ipv4.conf.%tap.send_redirects=0
    net.ipv4.conf.all.rp_filter=0
    net.ipv6.conf.all.disable_ipv6=1
    """
        .replace("%tap", plan.tap());
  }

  private static String routeBatch(SlotPlan plan) {
    return """
    addr replace %host/32 dev %veth
    link set %veth up
    neigh replace %address lladdr %innerMac dev %veth nud permanent
    route replace %address/32 dev %veth src %host
    """
        .replace("%host", SlotPlan.hostSide(plan.pool()).toString())
        .replace("%veth", plan.hostVeth())
        .replace("%address", plan.guest().address().toString())
        .replace("%innerMac", plan.innerMac().value());
  }

  /**
   * Removes the slot, whole or in part, also one of an earlier and larger pool; its routes and
   * neighbours go with its links.
   */
  public void close(SlotIndex index) {
    String veth = SlotPlan.hostVeth(installation, index);
    // Deleting one end of the pair deletes both, at once; a deleted namespace does so only some
    // time later.
    String netns = SlotPlan.netns(installation, index);
    host.run(Command.of("ip", "link", "del", veth));
    host.run(Command.of("ip", "netns", "del", netns));
    boolean hasLink = host.run(Command.of("ip", "link", "show", veth)).succeeded();
    if (hasLink || objects.namespaces().contains(netns)) {
      throw new HostFault(
          "the %s of slot %s could not be removed"
              .formatted(hasLink ? "link " + veth : "namespace " + netns, index));
    }
  }

  /** Whether the slot's namespace and its link are there; cheap, nothing is started. */
  public boolean isOpen(SlotIndex index) {
    SlotPlan plan = plan(index);
    try {
      return Files.exists(NAMESPACES.resolve(plan.netns()))
          && NetworkInterface.getByName(plan.hostVeth()) != null;
    } catch (SocketException e) {
      throw new HostFault("cannot look for the link " + plan.hostVeth(), e);
    }
  }

  /** Slots of this installation that exist in the kernel, whole or in part. */
  public Set<SlotIndex> present() {
    var found = new TreeSet<SlotIndex>((one, other) -> Integer.compare(one.value(), other.value()));
    for (KernelObject object : objects.all()) {
      if (object.ours() && object.slot() != null) {
        found.add(object.slot());
      }
    }
    return found;
  }

  /**
   * Everything in the kernel's network that carries Visco's prefix, of this installation or
   * another.
   */
  public List<KernelObject> objects() {
    return objects.all();
  }

  /** The slot as the kernel shows it now. */
  public SlotState look(SlotIndex index) {
    return new SlotObserver(host).look(plan(index));
  }

  /**
   * Writes the packets on a slot's TAP for so long into a file (pcap, the first 500, 256 bytes of
   * each). When that cannot be, there is no file.
   */
  public void capture(SlotIndex index, Path file, Duration time) {
    new SlotObserver(host).capture(plan(index), file, time);
  }

  /**
   * From now on nothing of this slot's guest leaves its namespace, until the slot is made anew. The
   * host still reaches the guest.
   */
  public void isolate(SlotIndex index) {
    SlotPlan plan = plan(index);
    host.check(Command.of("nft", "-f", "-").withInput(Ruleset.isolation()).inNetns(plan.netns()));
  }

  /**
   * Asks the guest for its MAC by one real ARP request on its TAP. Empty when no answer came in
   * time.
   */
  public Optional<MacAddress> arp(SlotIndex index, Duration deadline) {
    SlotPlan plan = plan(index);
    Ipv4 guest = plan.guest().address();
    long seconds = Math.max(1, deadline.toSeconds());
    CommandResult result =
        host.run(
            Command.of(
                    "arping",
                    "-c",
                    "1",
                    "-w",
                    Long.toString(seconds),
                    "-I",
                    plan.tap(),
                    "-s",
                    plan.guest().gateway().toString(),
                    guest.toString())
                .inNetns(plan.netns()));
    var reply = ARP_REPLY.matcher(result.output());
    return reply.find()
        ? Optional.of(new MacAddress(reply.group(1).toLowerCase(Locale.ROOT)))
        : Optional.empty();
  }
}
