package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a slot sees of its guest, and a scan of it finds: by the programs that guests run, in guests
 * without a machine.
 */
@ExtendWith(OuterNetwork.Extension.class)
class SlotTrafficIT {
  private static final Cidr POOL = Cidr.of("pool", "192.168.100.0/24");
  private static final SlotIndex INDEX = new SlotIndex(6);
  private static final String ADDRESS = "192.168.100.8";
  private static final String GATEWAY = "192.168.100.1";
  private static final Duration SOON = Duration.ofSeconds(20);

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

  @BeforeEach
  void open() {
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
    guest = NamespaceGuest.open(host, networks, INDEX);
  }

  @AfterEach
  void close() {
    guest.close();
    networks.close(INDEX);
    networks.hostNetwork().close(before);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  private SlotTraffic traffic() {
    return networks.traffic(INDEX).orElseThrow();
  }

  private void run(String... command) {
    CommandResult result = guest.run(command);
    assertThat(result.succeeded()).as(result.output() + result.error()).isTrue();
  }

  private static List<String> addresses(List<SlotTraffic.Address> all) {
    return all.stream().map(SlotTraffic.Address::address).sorted().toList();
  }

  @Test
  void aGuestWithItsAddressAnswersAndAsksForItsGatewayOnly() {
    GuestScan scan = networks.scan(INDEX);
    assertThat(scan.arp()).contains(guest.plan().guest().mac());
    assertThat(scan.hasEcho()).isTrue();
    assertThat(scan.closed()).isGreaterThan(1000);
    assertThat(scan.silent() + scan.rejected()).isZero();
    assertThat(scan.open()).isEmpty();
    SlotTraffic seen = traffic();
    assertThat(seen.ownArp().packets()).isPositive();
    assertThat(seen.ownArp().first()).isNotNull();
    assertThat(addresses(seen.targets())).containsExactly(GATEWAY);
    assertThat(seen.others()).isEmpty();
    assertThat(seen.dhcp().packets()).isZero();
    assertThat(seen.since(Duration.ofDays(1))).isEqualTo(seen);
    SlotTraffic afterwards = seen.since(Duration.ofSeconds(-1));
    assertThat(afterwards.ownArp().last()).as("of the machine before").isNull();
    assertThat(afterwards.targets()).isEmpty();
  }

  @Test
  void aClientOfDhcpThatTakesTheAddressAwayIsSeen() {
    networks.scan(INDEX);
    run("ip", "addr", "flush", "dev", "eth0");
    guest.run(
        "busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-t", "2", "-T", "1", "-s", "/bin/true");
    run("busybox", "arping", "-D", "-c", "1", "-I", "eth0", "169.254.7.9");
    SlotTraffic seen = traffic();
    assertThat(seen.dhcp().packets()).isGreaterThanOrEqualTo(2);
    assertThat(seen.dhcp().last()).isLessThan(SOON);
    assertThat(seen.ownArp().packets()).as("before").isPositive();
    assertThat(addresses(seen.others())).containsExactly("169.254.7.9");
    assertThat(networks.arp(INDEX, Duration.ofSeconds(1))).isEmpty();
    assertThat(networks.scan(INDEX).arp()).isEmpty();
  }

  @Test
  void anotherAddressIsSeenByArpAndByWhatIsSentFromIt() {
    run("ip", "addr", "flush", "dev", "eth0");
    run("ip", "addr", "add", "10.7.0.9/24", "dev", "eth0");
    guest.run("busybox", "arping", "-U", "-c", "1", "-I", "eth0", "10.7.0.9");
    guest.run("busybox", "arping", "-c", "1", "-w", "1", "-I", "eth0", "10.7.0.1");
    assertThat(addresses(traffic().others())).containsExactly("10.7.0.9");
    assertThat(traffic().ownArp().last()).isNull();
  }

  @Test
  void aGatewayThatTheNetmaskLeavesOutIsSeen() {
    run("ip", "addr", "flush", "dev", "eth0");
    run("sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=2");
    run("ip", "addr", "add", ADDRESS + "/30", "dev", "eth0");
    assertThat(guest.run("ip", "route", "add", "default", "via", GATEWAY).error())
        .contains("invalid gateway");
    assertThat(networks.arp(INDEX, Duration.ofSeconds(1))).as("asked by the gateway").isEmpty();
    GuestScan scan = networks.scan(INDEX);
    assertThat(scan.arp()).as("asked by nobody in particular").isPresent();
    assertThat(scan.hasEcho()).isFalse();
    assertThat(scan.closed() + scan.rejected()).isZero();
    assertThat(scan.silent()).isPositive();
    assertThat(addresses(traffic().targets())).doesNotContain(GATEWAY);
  }

  @Test
  void aFirewallInTheGuestAndAnSshdAtAnotherPortAreFound() throws Exception {
    run("nft", "add table ip fw; add chain ip fw in { type filter hook input priority 0; }");
    run("nft", "add rule ip fw in tcp dport != 2222 drop");
    Process sshd =
        guest.start("busybox", "nc", "-ll", "-p", "2222", "-e", "/bin/echo", "SSH-2.0-any").start();
    try {
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            GuestScan scan = networks.scan(INDEX);
            assertThat(scan.open()).containsExactly(2222);
            assertThat(scan.ssh()).containsExactly(2222);
            assertThat(scan.hasEcho()).isTrue();
            assertThat(scan.silent()).isGreaterThan(50);
            assertThat(scan.closed()).isZero();
          });
    } finally {
      sshd.descendants().forEach(ProcessHandle::destroyForcibly);
      sshd.destroyForcibly();
      sshd.waitFor();
    }
    run("nft", "flush chain ip fw in");
    run("nft", "add rule ip fw in tcp dport 0-65535 reject with icmp type admin-prohibited");
    assertThat(networks.scan(INDEX).rejected()).as("a REJECT, as of firewalld").isPositive();
  }

  @Test
  void anInterfaceThatIsOnlyUpIsSeenByIpv6AndWhatIsRememberedIsBounded() {
    run("ip", "addr", "flush", "dev", "eth0");
    run("ip", "link", "set", "eth0", "down");
    run("sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=0");
    assertThat(traffic().since(Duration.ofSeconds(-1)).ipv6().last()).isNull();
    run("ip", "link", "set", "eth0", "up");
    await().atMost(SOON).until(() -> traffic().ipv6().packets() > 0);
    run("ip", "addr", "add", ADDRESS + "/24", "dev", "eth0");
    for (int other = 20; other < 30; other++) {
      guest.run("busybox", "arping", "-c", "1", "-w", "1", "-I", "eth0", "192.168.100." + other);
    }
    assertThat(traffic().targets()).hasSize(8);
    assertThat(networks.faults(INDEX))
        .as("the slot is as it was made, but for its TAP, which is a veth here")
        .noneMatch(fault -> fault.contains("chain"));
  }
}
