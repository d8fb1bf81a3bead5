package dev.visco.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.app.doctor.Finding.FindingStatus;
import dev.visco.app.doctor.Finding.Fix;
import dev.visco.model.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Findings of hosts that are made up. */
class DiagnosticianTest {
  private static final HostFacts.Machine MACHINE =
      new HostFacts.Machine("amd64", true, true, List.of(""), true, 0, 10_000L);
  private static final String NO_CHAINS = "{\"nftables\":[{\"metainfo\":{}}]}";
  private static final Cidr POOL = Cidr.of("pool", "192.168.100.0/24");
  private static final HostFacts.Disk DISK =
      new HostFacts.Disk("/var/lib/visco", 50_000, 100_000, 400.0);
  private static final HostFacts.Bounds BOUNDS =
      new HostFacts.Bounds(16_000, 12_000, 0, 2, true, "65536");
  private static final HostFacts.Software SOFTWARE = new HostFacts.Software(Map.of(), true);
  private static final HostFacts.Running RUNNING =
      new HostFacts.Running("ok", List.of(), Map.of(), "off", null);

  private static HostFacts.Network network(
      @Nullable String chains, String routes, @Nullable String nameserver, String resolvConf) {
    return new HostFacts.Network(
        true, chains, false, false, routes, POOL, nameserver, List.of(resolvConf));
  }

  private static HostFacts.Network network() {
    return network(NO_CHAINS, "default via 10.0.0.1 dev eth0", null, "nameserver 10.0.0.1\n");
  }

  private static HostFacts host(HostFacts.Machine machine) {
    return new HostFacts(true, machine, network(), DISK, BOUNDS, SOFTWARE, RUNNING, null);
  }

  private static HostFacts host(HostFacts.Network network) {
    return new HostFacts(true, MACHINE, network, DISK, BOUNDS, SOFTWARE, RUNNING, null);
  }

  private static HostFacts host(
      HostFacts.Disk disk,
      HostFacts.Bounds bounds,
      HostFacts.Software software,
      HostFacts.@Nullable Running running) {
    return new HostFacts(true, MACHINE, network(), disk, bounds, software, running, null);
  }

  private static Finding finding(HostFacts facts, String check) {
    return Diagnostician.findings(facts).stream()
        .filter(one -> one.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private static void assertFinding(
      HostFacts facts, String check, FindingStatus status, String found, String remedy) {
    Finding finding = finding(facts, check);
    assertThat(finding.status()).as(finding.toString()).isEqualTo(status);
    assertThat(finding.found()).contains(found);
    assertThat(Objects.requireNonNull(finding.remedy())).contains(remedy);
    assertThat(finding.why()).as("why it matters").isNotBlank();
  }

  private static void assertStatus(HostFacts facts, String check, FindingStatus status) {
    assertThat(finding(facts, check).status()).as(check).isEqualTo(status);
  }

  @Test
  void aGoodHostHasNothingToMend() {
    assertThat(Diagnostician.findings(host(MACHINE)))
        .hasSize(19)
        .allSatisfy(one -> {
          assertThat(one.status()).as(one.toString()).isEqualTo(FindingStatus.OK);
          assertThat(one.remedy()).isNull();
        });
  }

  @Test
  void kvmThatIsNotThereOrDoesNotWork() {
    var off = new HostFacts.Machine("amd64", true, false, List.of(), true, 0, 10_000L);
    assertFinding(host(off), "KVM", FindingStatus.WARNING, "no /dev/kvm", "modprobe kvm_intel");
    assertThat(finding(host(off), "KVM").fix()).isEqualTo(Fix.LOAD_KVM);
    var none = new HostFacts.Machine("amd64", false, false, List.of(), true, 0, 10_000L);
    assertFinding(host(none), "KVM", FindingStatus.WARNING, "no virtualization", "firmware");
    assertThat(finding(host(none), "KVM").fix()).isNull();
    var half =
        new HostFacts.Machine(
            "amd64", true, true, List.of("", "under KVM it said nothing"), true, 0, 10_000L);
    assertFinding(host(half), "KVM", FindingStatus.WARNING, "said nothing", "dmesg");
  }

  @Test
  void whatNetworksOfVmsNeed() {
    var noTun = new HostFacts.Machine("amd64", true, true, List.of(), false, null, 10_000L);
    assertFinding(host(noTun), "TUN", FindingStatus.PROBLEM, "/dev/net/tun", "modprobe tun");
    assertThat(finding(host(noTun), "TUN").fix()).isEqualTo(Fix.LOAD_TUN);
    var container = new HostFacts.Machine("amd64", true, true, List.of(), true, 1, 10_000L);
    assertFinding(host(container), "TUN", FindingStatus.PROBLEM, "no TAP", "CAP_NET_ADMIN");
    var user = new HostFacts.Machine("amd64", true, true, List.of(), true, null, 10_000L);
    assertStatus(host(user), "TUN", FindingStatus.UNKNOWN);
    var few = new HostFacts.Machine("amd64", true, true, List.of(), true, 0, 3L);
    assertFinding(host(few), "namespaces", FindingStatus.PROBLEM, "at most 3", "max_net_namesp");
    var arm = new HostFacts.Machine("aarch64", false, true, List.of(), true, 0, null);
    assertFinding(host(arm), "namespaces", FindingStatus.PROBLEM, "no network", "CONFIG_NET_NS");
    assertFinding(host(arm), "architecture", FindingStatus.PROBLEM, "aarch64", "x86-64");
  }

  private static String chains(String table, String more) {
    return "{\"nftables\":[{\"chain\":{\"family\":\"ip\",\"table\":\""
        + table
        + "\",\"name\":\"FORWARD\",\"hook\":\"forward\",\"policy\":\"drop\"}}"
        + more
        + "]}";
  }

  @Test
  void firewallsInTheWay() {
    assertFinding(
        host(network(chains("filter", ""), "", "9.9.9.9", "")),
        "firewall",
        FindingStatus.WARNING,
        "policy drop in ip filter FORWARD",
        "192.168.100.0/24");
    String docker =
        ",{\"chain\":{\"family\":\"ip\",\"table\":\"filter\",\"name\":\"DOCKER-USER\"}}";
    assertStatus(
        host(network(chains("filter", docker), "", "9.9.9.9", "")), "firewall", FindingStatus.OK);
    assertStatus(
        host(network(chains("visco-0a1b", ""), "", "9.9.9.9", "")), "firewall", FindingStatus.OK);
    var firewalld =
        new HostFacts.Network(true, NO_CHAINS, true, false, "", POOL, "9.9.9.9", List.of());
    assertFinding(
        host(firewalld), "firewall", FindingStatus.WARNING, "firewalld", "--add-source=192.168.");
    var ufw = new HostFacts.Network(true, NO_CHAINS, false, true, "", POOL, "9.9.9.9", List.of());
    assertFinding(host(ufw), "firewall", FindingStatus.WARNING, "ufw", "ufw route allow from");
    assertStatus(host(network(null, "", "9.9.9.9", "")), "firewall", FindingStatus.UNKNOWN);
  }

  @Test
  void routesOverThePool() {
    String own =
        """
        192.168.100.7 dev v0a1bh3 scope link
        unreachable 192.168.100.0/24 metric 4294967295
        0.0.0.0/1 via 10.8.0.1 dev tun0
        128.0.0.0/1 via 10.8.0.1 dev tun0
        local 127.0.0.0/8 dev lo table local
        """;
    // Our own, and a VPN's halves of the default route.
    assertStatus(host(network(NO_CHAINS, own, "9.9.9.9", "")), "routes", FindingStatus.OK);
    assertFinding(
        host(network(NO_CHAINS, own + "192.168.0.0/16 dev wg0 proto static", "9.9.9.9", "")),
        "routes",
        FindingStatus.PROBLEM,
        "\"192.168.0.0/16 dev wg0 proto static\" overlaps",
        "network.pool");
  }

  @Test
  void namesThatGuestsCannotAsk() {
    assertFinding(
        host(network(NO_CHAINS, "", null, "nameserver 127.0.0.53\n")),
        "names",
        FindingStatus.PROBLEM,
        "loopback",
        "network.nameserver");
    assertFinding(
        host(network(NO_CHAINS, "", null, "nameserver 2001:db8::1\n")),
        "names",
        FindingStatus.PROBLEM,
        "IPv6 addresses only",
        "network.nameserver");
  }

  @Test
  void aCertificateIsLookedAtWhereThereIsOne() {
    assertThat(Diagnostician.findings(host(MACHINE)))
        .noneMatch(one -> one.check().equals("certificate"));
    HostFacts fine = host(new HostFacts.Certificate("a.example until 2027", true, false));
    assertStatus(fine, "certificate", FindingStatus.OK);
    HostFacts ending = host(new HostFacts.Certificate("a.example until 2027", true, true));
    assertFinding(ending, "certificate", FindingStatus.WARNING, "ends soon: a.example", "certbot");
    HostFacts broken = host(new HostFacts.Certificate("tls.key is not there", false, false));
    assertFinding(broken, "certificate", FindingStatus.PROBLEM, "tls.key", "visco config check");
  }

  private static HostFacts host(HostFacts.Certificate certificate) {
    return new HostFacts(true, MACHINE, network(), DISK, BOUNDS, SOFTWARE, RUNNING, certificate);
  }

  @Test
  void diskMemoryAndLimits() {
    var disk = new HostFacts.Disk("/srv", 900, 10_000, 3.2);
    var bounds = new HostFacts.Bounds(2000, 300, 0, 0, false, "512");
    HostFacts poor = host(disk, bounds, SOFTWARE, RUNNING);
    assertFinding(poor, "disk room", FindingStatus.PROBLEM, "900 MiB of 10000", "visco prune");
    assertFinding(poor, "disk speed", FindingStatus.WARNING, "3 MiB/s", "SSD");
    assertFinding(poor, "memory", FindingStatus.WARNING, "300 MiB of 2000", "visco stop");
    assertFinding(poor, "control groups", FindingStatus.WARNING, "no usable", "cgroup2");
    assertFinding(poor, "clock", FindingStatus.WARNING, "not synchronized", "set-ntp true");
    assertFinding(poor, "open files", FindingStatus.PROBLEM, "at most 512", "LimitNOFILE");
    HostFacts unread =
        host(
            new HostFacts.Disk("/srv", 9000, 10_000, null),
            new HostFacts.Bounds(16_000, 12_000, 0, 1, null, "unlimited"),
            SOFTWARE,
            RUNNING);
    assertStatus(unread, "disk speed", FindingStatus.UNKNOWN);
    assertStatus(unread, "clock", FindingStatus.UNKNOWN);
    assertStatus(unread, "open files", FindingStatus.OK);
    assertStatus(unread, "control groups", FindingStatus.OK);
  }

  @Test
  void packagesLeftoversAndReleases() {
    var missing = Map.of("nft", "nftables", "tc", "iproute2", "ip", "iproute2");
    HostFacts debian = host(DISK, BOUNDS, new HostFacts.Software(missing, true), null);
    assertFinding(
        debian,
        "packages",
        FindingStatus.PROBLEM,
        "there is no ip, nft, tc",
        "apt-get install --no-install-recommends iproute2 nftables");
    assertThat(finding(debian, "packages").fix()).isEqualTo(Fix.INSTALL_PACKAGES);
    assertFinding(debian, "daemon", FindingStatus.WARNING, "none answers", "visco up");
    HostFacts other = host(DISK, BOUNDS, new HostFacts.Software(missing, false), null);
    assertThat(finding(other, "packages").fix()).isNull();
    var running =
        new HostFacts.Running(
            "stalled",
            List.of("netns visco-1"),
            Map.of("1.9.0", List.of("CVE-1", "CVE-2")),
            "closed",
            "there is no file /k");
    HostFacts bad = host(DISK, BOUNDS, SOFTWARE, running);
    assertFinding(bad, "daemon", FindingStatus.WARNING, "stalled", "visco daemon status");
    assertFinding(bad, "leftovers", FindingStatus.WARNING, "netns visco-1", "visco sweep");
    assertThat(finding(bad, "leftovers").fix()).isEqualTo(Fix.SWEEP);
    assertFinding(bad, "releases", FindingStatus.PROBLEM, "1.9.0: CVE-1, CVE-2", "visco vmm");
    assertFinding(bad, "vault", FindingStatus.PROBLEM, "there is no file /k", "visco vault status");
    HostFacts users =
        host(
            DISK,
            BOUNDS,
            SOFTWARE,
            new HostFacts.Running("ok", null, Map.of(), "uninitialized", null));
    assertFinding(users, "vault", FindingStatus.WARNING, "not made yet", "visco vault init");
    assertStatus(users, "leftovers", FindingStatus.UNKNOWN);
  }
}
