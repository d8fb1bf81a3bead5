package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.EgressPolicy;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import dev.visco.model.UpstreamProxy;
import dev.visco.outer.OuterNetwork;
import dev.visco.relay.AddressGuard;
import dev.visco.relay.Dialer;
import dev.visco.relay.GuestRelay;
import dev.visco.relay.NameLookup;
import dev.visco.relay.RefusedTraffic;
import dev.visco.relay.RelayLimits;
import dev.visco.relay.RelayRules;
import dev.visco.relay.RelaySockets;
import dev.visco.relay.SmallProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What leaves a slot whose traffic comes to a relay, shown by packets outside. Slots, rules, relay
 * and packets are real; a guest is a namespace.
 */
@ExtendWith(OuterNetwork.Extension.class)
class SlotEgressIT {
  private static final SlotIndex SLOT = new SlotIndex(7);
  private static final SlotIndex OTHER = new SlotIndex(8);
  private static final String PROXY = OuterNetwork.PROXIES.getFirst();
  private static final int PORT = 1080;
  private static final String LOGIN = "alice:secret";
  private static final String GATEWAY = "192.168.100.1";
  private static final String PAGE = "http://" + OuterNetwork.WEB_NAME + "/";

  private final Host host = NamespaceGuest.hostFor(new LinuxHost());
  @TempDir Path folder;
  private Networks networks;
  private SlotEgress slots;
  private HostBefore before;
  private NamespaceGuest guest;
  private NamespaceGuest other;
  private @Nullable GuestRelay relay;
  private @Nullable Process proxy;
  private OuterNetwork outside;

  @BeforeEach
  void open(OuterNetwork outside) throws Exception {
    this.outside = outside;
    networks =
        new Networks(
            host,
            new InstallationId("f102"),
            Cidr.of("pool", "192.168.100.0/24"),
            new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)),
            NetworkBounds.STANDARD,
            Files.createFile(folder.resolve("tun")));
    slots = new SlotEgress(host, networks);
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
    guest = NamespaceGuest.open(host, networks, SLOT);
    other = NamespaceGuest.open(host, networks, OTHER);
  }

  @AfterEach
  void close() throws Exception {
    if (relay != null) {
      relay.close();
    }
    if (proxy != null) {
      proxy.destroyForcibly().waitFor();
    }
    guest.close();
    other.close();
    networks.present().forEach(networks::close);
    networks.hostNetwork().close(before);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
    assertThat(host.check(Command.of("ip", "netns", "list")).output()).doesNotContain("f102");
  }

  private void startProxy() throws Exception {
    proxy =
        outside.java(
            SmallProxy.class,
            PROXY,
            Integer.toString(PORT),
            LOGIN,
            OuterNetwork.WEB_NAME + ":80=" + OuterNetwork.WEB + ":80");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(PROXY, PORT), 1000);
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }

  private static EgressPolicy byProxy(String... allow) {
    var upstream = UpstreamProxy.of("socks5://alice@" + PROXY + ":" + PORT);
    return new EgressPolicy(null, upstream, List.of(allow), List.of());
  }

  private Dialer dialer(EgressPolicy policy) {
    return new Dialer(
        policy,
        () -> "secret".getBytes(StandardCharsets.UTF_8),
        new NameLookup(
            () -> new InetSocketAddress(OuterNetwork.NAMESERVER, 53),
            new Random(1),
            Duration.ofSeconds(2)),
        new AddressGuard(() -> List.of(networks.pool()), List.of()),
        Duration.ofSeconds(5));
  }

  private void relay(EgressPolicy policy) {
    slots.redirect(SLOT);
    relay =
        new GuestRelay(
            "vm-test",
            RelaySockets.in(slots.netns(SLOT), slots.connections(SLOT), slots.queries(SLOT)),
            RelayRules.of(dialer(policy)),
            RelayLimits.ofDaemon(),
            InstantSource.system());
  }

  private static String page(NamespaceGuest of, String address) {
    // Its namespace has no resolver of its own: names are asked for at the gateway.
    String asked = of.run("busybox", "nslookup", "-type=a", address, GATEWAY).output();
    String last = asked.strip().replaceFirst("(?s).*Address(?: 1)?: *", "").strip();
    return of.run(
            "timeout", "10", "curl", "-s", "-m", "8", "--resolve", address + ":80:" + last, PAGE)
        .output()
        .strip();
  }

  /** Packets at the uplink that a slot's guest caused, wherever they go but to the proxy. */
  private List<String> leaks() {
    return outside.packets(
        "src host %s and not dst host %s and not (udp dst port 9) and not arp"
            .formatted(OuterNetwork.HOST, PROXY));
  }

  @Test
  void allThatAGuestSendsLeavesByItsProxyAndNothingElseDoes() throws Exception {
    startProxy();
    relay(byProxy());
    int start = leaks().size();
    assertThat(page(guest, OuterNetwork.WEB_NAME)).isEqualTo(OuterNetwork.WEB_TEXT);
    hostileTries();
    assertThat(leaks()).hasSize(start);
    assertThat(outside.packets("host " + PROXY + " and tcp port " + PORT)).isNotEmpty();
    assertThat(slots.refused(SLOT))
        .extracting(RefusedPackets::protocol, RefusedPackets::destination, RefusedPackets::port)
        .contains(
            tuple("udp", OuterNetwork.WEB, 443),
            tuple("udp", OuterNetwork.NAMESERVER, 53),
            tuple("icmp", OuterNetwork.WEB, 0));
    assertThat(Objects.requireNonNull(relay).refused())
        .extracting(RefusedTraffic::destination, RefusedTraffic::rule)
        .contains(tuple("10.1.2.3", "private-address"));
    assertThat(page(other, OuterNetwork.WEB_NAME))
        .as("a guest without a policy")
        .isEqualTo(OuterNetwork.WEB_TEXT);
  }

  private void hostileTries() {
    for (String address : List.of(OuterNetwork.WEB, OuterNetwork.NAMESERVER, "10.1.2.3")) {
      for (String port : List.of("443", "53", "853", "123", "4500")) {
        guest.run("bash", "-c", "echo x > /dev/udp/" + address + "/" + port);
      }
      guest.run("busybox", "ping", "-c", "1", "-W", "1", address);
      guest.run("busybox", "nc", "-w", "1", address, "22");
    }
  }

  @Test
  void withoutARelayThatListensNothingLeavesAndConnectionsAreReset() {
    assertThat(page(guest, OuterNetwork.WEB_NAME)).isEqualTo(OuterNetwork.WEB_TEXT);
    slots.redirect(SLOT);
    slots.redirect(SLOT);
    int start = leaks().size();
    assertThat(guest.run("curl", "-s", "-m", "5", "http://" + OuterNetwork.WEB + "/").exitCode())
        .as("refused at once, no time was waited for")
        .isEqualTo(7);
    hostileTries();
    assertThat(leaks()).hasSize(start);
    slots.release(SLOT);
    slots.release(SLOT);
    assertThat(page(guest, OuterNetwork.WEB_NAME)).isEqualTo(OuterNetwork.WEB_TEXT);
    assertThat(networks.faults(SLOT))
        .filteredOn(fault -> fault.contains("rules"))
        .as("the rules are those of a new slot")
        .isEmpty();
  }

  /** A connection that was opened by NAT, and goes on sending. */
  @Test
  void aChangeHoldsForWhatIsOpenAlready() throws Exception {
    startProxy();
    Process flow =
        guest
            .start(
                "bash",
                "-c",
                "exec 3>/dev/udp/"
                    + OuterNetwork.WEB
                    + "/7777; while :; do echo x >&3; sleep 0.02; done 2>/dev/null")
            .start();
    try {
      Awaitility.await().until(() -> outside.packets("udp dst port 7777").size() > 5);
      relay(byProxy());
      int sent = outside.packets("udp dst port 7777").size();
      long packets = refusedUdp();
      Awaitility.await().until(() -> refusedUdp() > packets + 20);
      assertThat(outside.packets("udp dst port 7777")).hasSize(sent);
    } finally {
      flow.descendants().forEach(ProcessHandle::destroyForcibly);
      flow.destroyForcibly().waitFor();
    }
  }

  private long refusedUdp() {
    return slots.refused(SLOT).stream()
        .filter(one -> one.port() == 7777)
        .mapToLong(RefusedPackets::packets)
        .sum();
  }

  @Test
  void namesAndAddressesAreAllowedOneByOneWithoutAProxy() {
    relay(new EgressPolicy(null, null, List.of(OuterNetwork.WEB_NAME), List.of()));
    int queries = outside.packets("udp dst port 53").size();
    assertThat(page(guest, OuterNetwork.WEB_NAME)).isEqualTo(OuterNetwork.WEB_TEXT);
    assertThat(outside.packets("udp dst port 53 and src host " + OuterNetwork.HOST))
        .as("one question for what is connected to")
        .hasSize(queries + 1);
    for (int count = 0; count < 20; count++) {
      guest.run("busybox", "nslookup", "-type=a", "secret" + count + ".tunnel.test", GATEWAY);
    }
    assertThat(outside.packets("udp dst port 53")).hasSize(queries + 1);
    assertThat(guest.run("curl", "-s", "-m", "5", "http://" + OuterNetwork.WEB + "/").exitCode())
        .as("its address, with a Host that is no name")
        .isNotZero();
    assertThat(Objects.requireNonNull(relay).refused())
        .extracting(RefusedTraffic::rule)
        .contains("not in allow");
  }

  @Test
  void theHostsOwnServicesAreNotReachedByTheRelay() {
    relay(new EgressPolicy(null, null, List.of("0.0.0.0/0"), List.of()));
    for (String address : List.of(OuterNetwork.HOST, "192.168.100.254", GATEWAY)) {
      assertThat(guest.run("curl", "-s", "-m", "5", "http://" + address + ":22/").exitCode())
          .isNotZero();
    }
    assertThat(Objects.requireNonNull(relay).refused())
        .extracting(RefusedTraffic::destination, RefusedTraffic::rule)
        .contains(tuple(OuterNetwork.HOST, "host-address"));
    assertThat(guest.run("curl", "-s", "-m", "5", "http://" + OuterNetwork.WEB + "/").output())
        .contains(OuterNetwork.WEB_TEXT);
  }

  @Test
  void connectionsAreMadeFromTheAddressThatThePolicyNames() {
    host.check(Command.of("ip", "addr", "add", "203.0.113.77/32", "dev", "uplink"));
    try {
      relay(new EgressPolicy("203.0.113.77", null, List.of(), List.of()));
      int start = outside.packets("tcp dst port 80 and src host " + OuterNetwork.HOST).size();
      assertThat(page(guest, OuterNetwork.WEB_NAME)).isEqualTo(OuterNetwork.WEB_TEXT);
      assertThat(outside.packets("tcp dst port 80 and src host 203.0.113.77")).isNotEmpty();
      host.check(Command.of("ip", "addr", "del", "203.0.113.77/32", "dev", "uplink"));
      assertThat(page(guest, OuterNetwork.WEB_NAME)).isEmpty();
      assertThat(outside.packets("tcp dst port 80 and src host " + OuterNetwork.HOST))
          .hasSize(start);
    } finally {
      host.run(Command.of("ip", "addr", "del", "203.0.113.77/32", "dev", "uplink"));
    }
  }
}
