package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.NamespaceSockets;
import dev.visco.model.Cidr;
import dev.visco.model.GuestLink;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest that still has the address of the one that it is a copy of. */
@ExtendWith(OuterNetwork.Extension.class)
class FormerAddressIT {
  private static final Cidr POOL = Cidr.of("pool", "192.168.100.0/24");
  private static final SlotIndex INDEX = new SlotIndex(6);
  private static final Duration REACH = Duration.ofSeconds(2);
  private static final int SSH = 22;

  private final Host host = NamespaceGuest.hostFor(new LinuxHost());
  private final Networks networks =
      new Networks(
          host,
          new InstallationId("%04x".formatted(new SecureRandom().nextInt(1 << 16))),
          POOL,
          new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)),
          NetworkBounds.STANDARD);
  private HostBefore before;
  private NamespaceGuest guest;
  private @Nullable Process sshd;

  @BeforeEach
  void open() {
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
    guest = NamespaceGuest.open(host, networks, INDEX);
  }

  @AfterEach
  void close() {
    if (sshd != null) {
      sshd.descendants().forEach(ProcessHandle::destroyForcibly);
      sshd.destroyForcibly();
    }
    guest.close();
    networks.close(INDEX);
    networks.hostNetwork().close(before);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  /** That of a slot of this pool, or of another host's. */
  private static GuestLink former(String pool) {
    Ipv4 gateway = Ipv4.of("gateway", pool + ".1");
    return new GuestLink(
        Ipv4.of("address", pool + ".77"),
        gateway,
        Ipv4.of("netmask", "255.255.255.0"),
        new MacAddress("02:00:aa:bb:00:4b"),
        "eth0",
        gateway);
  }

  private void has(GuestLink link) throws IOException {
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                """
                addr flush dev eth0
                link set eth0 address %s
                addr add %s/24 dev eth0
                route add default via %s
                """
                    .formatted(link.mac(), link.address(), link.gateway()))
            .inNetns("guest-of-" + guest.plan().netns()));
    sshd =
        guest
            .start(
                "sh", "-c", "while :; do echo it is me | busybox nc -l -p " + SSH + " -w 5; done")
            .start();
    Awaitility.await()
        .until(() -> guest.run("ss", "-Hltn", "sport = :" + SSH).output().contains(":" + SSH));
  }

  private static String said(Socket open) throws IOException {
    try (open) {
      open.setSoTimeout(10_000);
      return new String(open.getInputStream().readNBytes(8), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.168.100", "10.99.7"})
  void itIsReachedFromItsNamespaceAndReachesNothing(String pool, OuterNetwork outside)
      throws Exception {
    GuestLink link = former(pool);
    has(link);
    List<String> earlier = outside.packets("host " + OuterNetwork.WEB);
    assertThat(said(networks.connectFormer(INDEX, link, SSH, REACH))).isEqualTo("it is me");
    for (String target :
        new String[] {
          OuterNetwork.WEB, OuterNetwork.NAMESERVER, OuterNetwork.HOST, "192.168.100.254"
        }) {
      assertThat(guest.run("busybox", "nc", "-w", "1", target, "80").succeeded())
          .as(target)
          .isFalse();
    }
    assertThat(guest.run("ping", "-c", "1", "-W", "1", link.gateway().toString()).succeeded())
        .isFalse();
    assertThat(guest.run("busybox", "nc", "-w", "1", link.gateway().toString(), "22").succeeded())
        .isFalse();
    assertThat(outside.packets("host " + link.address())).isEmpty();
    assertThat(outside.packets("host " + OuterNetwork.WEB))
        .as("by the host's address")
        .isEqualTo(earlier);

    networks.dismiss(INDEX, link);
    networks.dismiss(INDEX, link);
    String rules =
        host.check(
                Command.of("nft", "list", "chain", "netdev", "guard", "former")
                    .inNetns(guest.plan().netns()))
            .output();
    assertThat(rules).doesNotContain("accept");
    assertThatThrownBy(() ->
            NamespaceSockets.connect(
                guest.plan().netns(),
                new InetSocketAddress(link.address().toString(), SSH),
                Duration.ofMillis(700)))
        .isInstanceOf(HostFault.class);
  }

  @Test
  void whatIsLeftIsASlotInOrder() throws Exception {
    GuestLink link = former("192.168.100");
    has(link);
    assertThat(said(networks.connectFormer(INDEX, link, SSH, REACH))).isEqualTo("it is me");
    networks.dismiss(INDEX, link);
    assertThat(networks.faults(INDEX)).isEmpty();
  }

  @Test
  void aGuestThatHasTheSlotsOwnAddressKeepsIt() throws Exception {
    GuestLink own = guest.plan().guest();
    has(own);
    assertThat(said(networks.connectFormer(INDEX, own, SSH, REACH))).isEqualTo("it is me");
    networks.dismiss(INDEX, own);
    assertThat(networks.faults(INDEX)).isEmpty();
    assertThat(networks.arp(INDEX, REACH)).contains(own.mac());
  }
}
