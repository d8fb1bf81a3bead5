package dev.visco.network;

import dev.visco.host.BackgroundTask;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.NamespaceSockets;
import dev.visco.model.Cidr;
import dev.visco.model.GuestLink;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.MachineOptions;
import dev.visco.model.NetworkBounds;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmmUsers;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Creates, inspects and removes slots. Every call is safe to repeat. */
public final class Networks implements Slots {
  private static final Pattern ARP_REPLY = Pattern.compile("\\[([0-9A-Fa-f:]{17})]");

  /** The folder of ip-netns(8) with the named namespaces. */
  private static final Path NAMESPACES = Path.of("/run/netns");

  private final Host host;
  private final InstallationId installation;
  private final Pools pools;
  private final CurrentUplink uplink;
  private final NetworkBounds bounds;
  private final HostNetwork hostNetwork;
  private final KernelObjects objects;

  /** With the default bounds. */
  public Networks(Host host, InstallationId installation, Cidr pool, Uplink uplink) {
    this(host, installation, pool, uplink, NetworkBounds.STANDARD);
  }

  public Networks(
      Host host, InstallationId installation, Cidr pool, Uplink uplink, NetworkBounds bounds) {
    this(host, installation, pool, uplink, bounds, Path.of("/dev/net/tun"));
  }

  Networks(
      Host host,
      InstallationId installation,
      Cidr pool,
      Uplink uplink,
      NetworkBounds bounds,
      Path tun) {
    this.host = host;
    this.installation = installation;
    this.pools = new Pools(pool);
    this.uplink = new CurrentUplink(uplink);
    this.bounds = bounds;
    this.hostNetwork = new HostNetwork(host, installation, pools, this.uplink, bounds, tun);
    this.objects = new KernelObjects(host, installation, pools);
  }

  /** The host's side of the network, which all slots share. */
  public HostNetwork hostNetwork() {
    return hostNetwork;
  }

  public SlotPlan plan(SlotIndex index) {
    return new SlotPlan(installation, pools.of(index), index);
  }

  /**
   * The address at which the host reaches the slot's guest; empty when the pool has no such slot.
   */
  public Optional<Ipv4> address(SlotIndex index) {
    Cidr in = pools.of(index);
    return index.value() < SlotPlan.slots(in)
        ? Optional.of(new SlotPlan(installation, in, index).guest().address())
        : Optional.empty();
  }

  /** The pool of new slots. */
  public Cidr pool() {
    return pools.today();
  }

  /** The pool of new slots, and earlier ones that still have VMs. */
  public List<Cidr> pools() {
    return pools.all();
  }

  /** The uplink in use now. */
  public Uplink uplink() {
    return uplink.now();
  }

  /**
   * Sets the uplink of new slots. {@link HostNetwork#open} or {@link HostNetwork#repair} changes it
   * on the host's side, and {@link #followUplink} in existing slots.
   */
  public void use(Uplink next) {
    uplink.change(next);
  }

  /**
   * Directs an open slot's DNS queries to the present nameserver. The guest's connections are kept.
   *
   * @return false when the slot's rules, made by an earlier version of Visco, cannot be changed
   */
  public boolean followUplink(SlotIndex index) {
    SlotPlan plan = plan(index);
    String text = Ruleset.changedNameserver(plan, uplink());
    return host.run(inside(plan, text, "nft", "-f", "-")).succeeded();
  }

  /** The bounds of new slots; an existing slot keeps those that it was made with. */
  public NetworkBounds bounds() {
    return bounds;
  }

  /** Records that the VMs of these slots have addresses of an earlier pool, and keep them. */
  public void keep(Map<SlotIndex, Cidr> earlier) {
    pools.keep(earlier);
  }

  /** Records that the slot's VM is gone: its next VM gets an address of the present pool. */
  public void forget(SlotIndex index) {
    pools.forget(index);
  }

  public InstallationId installation() {
    return installation;
  }

  /** The maximum number of slots. */
  public int slots() {
    return SlotPlan.slots(pools.today());
  }

  /**
   * Creates the slot. An earlier one is removed with its namespace, and with it all that the kernel
   * remembers of an earlier guest (connections, neighbours).
   */
  @Override
  public void open(SlotIndex index) {
    SlotPlan plan = plan(index);
    close(index);
    forgetConnections(plan);
    host.check(Command.of("ip", "-batch", "-").withInput(SlotSetup.outer(plan)));
    host.check(inside(plan, SlotSetup.inner(plan), "ip", "-batch", "-"));
    host.setParameters(plan.netns(), SlotSetup.parameters(plan));
    host.check(inside(plan, Ruleset.slot(plan, uplink(), bounds), "nft", "-f", "-"));
    host.check(
        inside(plan, SlotSetup.bandwidth(plan, MachineOptions.NETWORK), "tc", "-batch", "-"));
    // The route comes last: a slot is reachable only once its rules are in place.
    host.check(Command.of("ip", "-batch", "-").withInput(SlotSetup.route(plan)));
  }

  private static Command inside(SlotPlan plan, String input, String... command) {
    return Command.of(command).withInput(input).inNetns(plan.netns());
  }

  @Override
  public void limit(SlotIndex index, Rate rate) {
    SlotPlan plan = plan(index);
    host.check(inside(plan, Ruleset.changedPacketLimit(rate), "nft", "-f", "-"));
    host.check(inside(plan, SlotSetup.bandwidth(plan, rate), "tc", "-batch", "-"));
  }

  /**
   * Restores what other programs removed: all of {@link HostNetwork}, and the host's ends of slots.
   * Leaves a slot whose namespace is gone.
   *
   * @param inUse existing slots that are neither opened nor closed meanwhile, with the rate limits
   *     of their guests
   * @return what was restored, in words; empty when nothing was missing
   */
  public List<String> repair(Map<SlotIndex, Rate> inUse) {
    var mended = new ArrayList<>(hostNetwork.repair());
    HostEnds ends = HostEnds.read();
    inUse.forEach((index, rate) -> {
      SlotPlan plan = plan(index);
      HostEnds.EndState state = ends.state(plan);
      if (state != HostEnds.EndState.WHOLE && hasNamespace(plan)) {
        if (state == HostEnds.EndState.GONE) {
          relink(plan, rate);
        }
        host.check(Command.of("ip", "-batch", "-").withInput(SlotSetup.route(plan)));
        mended.add("the link %s with its address, route and neighbour".formatted(plan.hostVeth()));
      }
    });
    return mended;
  }

  private void relink(SlotPlan plan, Rate rate) {
    host.check(Command.of("ip", "-batch", "-").withInput(SlotSetup.outerLink(plan)));
    host.check(inside(plan, SlotSetup.innerLink(plan), "ip", "-batch", "-"));
    host.check(inside(plan, SlotSetup.bandwidth(plan, rate), "tc", "-batch", "-"));
  }

  /** A name without a mount is the rest of a half-deleted namespace. */
  private static boolean hasNamespace(SlotPlan plan) {
    return Files.exists(NAMESPACES.resolve(plan.netns()));
  }

  /**
   * Removes the slot, complete or not, also one of an earlier and larger pool. Ends all processes
   * of its user first; its routes and neighbours go with its links.
   */
  @Override
  public void close(SlotIndex index) {
    new SlotUser(host, VmmUsers.uid(installation, index)).endAll();
    String veth = SlotPlan.hostVeth(installation, index);
    // Deleting one end of the pair deletes both at once; deleting the namespace does so some time
    // later.
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

  /**
   * Forgets the connections of the slot's last guest, so that they do not count for the next one.
   */
  private void forgetConnections(SlotPlan plan) {
    String text = Ruleset.forgetConnections(installation, plan.guest().address());
    host.run(
        Command.of("nft", "-f", "-").withInput(text)); // It does nothing without the host's table.
  }

  /** Whether the slot's namespace and its link exist; cheap, starts no process. */
  public boolean isOpen(SlotIndex index) {
    SlotPlan plan = plan(index);
    try {
      return Files.exists(NAMESPACES.resolve(plan.netns()))
          && NetworkInterface.getByName(plan.hostVeth()) != null;
    } catch (SocketException e) {
      throw new HostFault("cannot look for the link " + plan.hostVeth(), e);
    }
  }

  @Override
  public List<String> faults(SlotIndex index) {
    SlotPlan plan = plan(index);
    return new SlotCheck(host).faults(plan, Ruleset.slot(plan, uplink(), bounds));
  }

  /** Slots of this installation that exist in the kernel, complete or not. */
  public Set<SlotIndex> present() {
    var found = new TreeSet<SlotIndex>((one, other) -> Integer.compare(one.value(), other.value()));
    for (KernelObject object : objects.all()) {
      if (object.ours() && object.slot() != null) {
        found.add(object.slot());
      }
    }
    return found;
  }

  /** Those of {@link #present} that have their namespace and their link. */
  public Set<SlotIndex> whole() {
    var links = new HashSet<SlotIndex>();
    var namespaces = new HashSet<SlotIndex>();
    for (KernelObject object : objects.all()) {
      if (object.ours() && object.slot() != null) {
        switch (object.kind()) {
          case KernelObjects.LINK -> links.add(object.slot());
          case KernelObjects.NAMESPACE -> namespaces.add(object.slot());
          default -> {}
        }
      }
    }
    namespaces.retainAll(links);
    return namespaces;
  }

  /** All network objects with Visco's prefix, of this and other installations. */
  public List<KernelObject> objects() {
    return objects.all();
  }

  /** The slot as the kernel shows it now. */
  public SlotState inspect(SlotIndex index) {
    return new SlotObserver(host).inspect(plan(index));
  }

  /** What the slot's guest sent to have a network; empty for a slot of an earlier version. */
  public Optional<SlotTraffic> traffic(SlotIndex index) {
    return Optional.ofNullable(new SlotObserver(host).traffic(plan(index)));
  }

  /** Scans the slot's guest from outside; takes some seconds at most. */
  public GuestScan scan(SlotIndex index) {
    return new GuestScanner(host, plan(index)).scan();
  }

  /**
   * Captures the packets on a slot's TAP for {@code time} into a file (pcap; the first 3,000
   * packets, 256 bytes of each). When it fails there is no file.
   */
  public void capture(SlotIndex index, Path file, Duration time) {
    new SlotObserver(host).capture(plan(index), file, time);
  }

  /**
   * Isolates the slot's guest: until the slot is created again, no packet of it leaves its
   * namespace. The host still reaches the guest.
   */
  public void isolate(SlotIndex index) {
    SlotPlan plan = plan(index);
    host.check(Command.of("nft", "-f", "-").withInput(Ruleset.isolation()).inNetns(plan.netns()));
  }

  /**
   * Connects to the sshd of a guest that goes on from another VM's snapshot and still has that VM's
   * address: only the slot's namespace itself reaches it there, and it reaches nothing else. To be
   * followed by {@link #dismiss}.
   *
   * @param reach time limit for the connection
   * @throws HostFault when nobody answers in time, or the slot was made by an earlier version
   */
  public Socket connectFormer(SlotIndex index, GuestLink former, int port, Duration reach) {
    SlotPlan plan = plan(index);
    try (var way =
        new BackgroundTask<>(() ->
            host.check(inside(plan, SlotSetup.toFormer(plan, former), "ip", "-batch", "-")))) {
      host.check(inside(plan, Ruleset.admittedFormer(plan, former), "nft", "-f", "-"));
      way.join();
    }
    return NamespaceSockets.connect(
        plan.netns(), new InetSocketAddress(former.address().toString(), port), reach);
  }

  /** Takes the way back that {@link #connectFormer} opened; safe to repeat. */
  public void dismiss(SlotIndex index, GuestLink former) {
    SlotPlan plan = plan(index);
    host.check(inside(plan, Ruleset.dismissedFormer(), "nft", "-f", "-"));
    // What is gone already is no reason to leave the rest.
    host.run(inside(plan, SlotSetup.noFormer(plan, former), "ip", "-force", "-batch", "-"));
  }

  /** The guest's MAC, asked for by an ARP request on its TAP; empty when no answer came in time. */
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
    return arpReply(result);
  }

  /** The MAC address in what arping says of an answer. */
  static Optional<MacAddress> arpReply(CommandResult result) {
    var reply = ARP_REPLY.matcher(result.output());
    return reply.find()
        ? Optional.of(new MacAddress(reply.group(1).toLowerCase(Locale.ROOT)))
        : Optional.empty();
  }
}
