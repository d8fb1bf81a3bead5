package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that floods costs the host a bounded part of its connection table and network, and the
 * guests beside it nothing. Slots, rules and packets are real; a guest is a namespace.
 */
@ExtendWith(OuterNetwork.Extension.class)
class FloodIT {
  private static final InstallationId INSTALLATION = new InstallationId("f100");
  private static final Cidr POOL = Cidr.of("pool", "192.168.100.0/24");
  private static final String GATEWAY = "192.168.100.1";
  private static final int CONNECTIONS = 300;

  /** Room for what the other guests and this test hold. */
  private static final int OTHERS = 200;

  private final LinuxHost host = new LinuxHost();
  private final Host fake = NamespaceGuest.hostFor(host);
  private final List<NamespaceGuest> guests = new ArrayList<>();
  @TempDir Path folder;
  private Networks networks;
  private HostBefore before;

  @BeforeEach
  void open() throws IOException {
    networks = networks(new NetworkBounds(CONNECTIONS, 100_000, 100));
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
  }

  private Networks networks(NetworkBounds bounds) throws IOException {
    Path tun = folder.resolve("tun");
    if (!Files.exists(tun)) {
      Files.createFile(tun);
    }
    return new Networks(
        fake,
        INSTALLATION,
        POOL,
        new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)),
        bounds,
        tun);
  }

  @AfterEach
  void close() {
    guests.forEach(NamespaceGuest::close);
    networks.present().forEach(networks::close);
    networks.hostNetwork().close(before);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
    assertThat(host.check(Command.of("ip", "netns", "list")).output()).doesNotContain("guest-of-");
  }

  private NamespaceGuest guest(int slot) {
    var guest = NamespaceGuest.open(fake, networks, new SlotIndex(slot));
    guests.add(guest);
    return guest;
  }

  private int entriesOnTheHost() {
    return Integer.parseInt(
        host.check(Command.of("sysctl", "-n", "net.netfilter.nf_conntrack_count"))
            .output()
            .strip());
  }

  /** It resolves a name and opens a connection, so many times; how often that went well. */
  private static int good(NamespaceGuest guest, int times) {
    int good = 0;
    for (int count = 0; count < times; count++) {
      CommandResult resolves =
          guest.run("busybox", "nslookup", "-type=a", OuterNetwork.WEB_NAME, GATEWAY);
      CommandResult connects =
          guest.run(
              "timeout",
              "10",
              "busybox",
              "wget",
              "-q",
              "-O",
              "-",
              "http://" + OuterNetwork.WEB + "/");
      boolean isGood =
          resolves.output().contains(OuterNetwork.WEB)
              && connects.output().contains(OuterNetwork.WEB_TEXT);
      good += isGood ? 1 : 0;
    }
    return good;
  }

  @Test
  void tenThousandFlowsOfOneGuestAreItsBoundOnTheHostAndTheOthersNoticeNothing() throws Exception {
    NamespaceGuest flooding = guest(0);
    NamespaceGuest one = guest(1);
    NamespaceGuest other = guest(2);
    assertThat(List.of(good(one, 1), good(other, 1), good(flooding, 1))).containsOnly(1);
    int start = entriesOnTheHost();
    var flood =
        CompletableFuture.runAsync(() -> {
          flooding.traffic("flows", OuterNetwork.WEB, "10000");
          flooding.traffic("flows", OuterNetwork.NAMESERVER, "10000");
        });
    int most = 0;
    int rounds = 0;
    while (!flood.isDone() || rounds < 5) {
      assertThat(good(one, 1) + good(other, 1)).as("beside the flood").isEqualTo(2);
      most = Math.max(most, entriesOnTheHost());
      rounds++;
    }
    flood.get();
    most = Math.max(most, entriesOnTheHost());
    assertThat(most).isBetween(CONNECTIONS / 2, start + CONNECTIONS + OTHERS);
    assertThat(networks.inspect(new SlotIndex(0)).dropped("too_many_connections"))
        .isGreaterThan(15_000);
    assertThat(networks.inspect(new SlotIndex(1)).dropped("too_many_connections")).isZero();
  }

  @Test
  void connectionsThatAreClosedAtOnceAreBoundedByTheRateOfNewOnes() throws Exception {
    networks = networks(new NetworkBounds(CONNECTIONS, 20, 100));
    networks.hostNetwork().open();
    NamespaceGuest flooding = guest(0);
    NamespaceGuest other = guest(1);
    int start = entriesOnTheHost();
    int made = Integer.parseInt(flooding.traffic("connections", OuterNetwork.WEB, "300"));
    assertThat(made).as("of three hundred").isBetween(80, 290);
    assertThat(entriesOnTheHost() - start).isLessThan(CONNECTIONS + OTHERS);
    assertThat(networks.inspect(new SlotIndex(0)).dropped("too_many_new_connections")).isPositive();
    assertThat(good(other, 3)).isEqualTo(3);
  }

  @Test
  void whatTheLastGuestHeldDoesNotCountForTheNextOne() throws Exception {
    try (NamespaceGuest last = guest(0)) {
      last.traffic("flows", OuterNetwork.WEB, "1000");
      assertThat(good(last, 1)).as("it holds as many as it may").isZero();
    }
    guests.clear();
    networks.close(new SlotIndex(0));
    assertThat(good(guest(0), 3)).isEqualTo(3);
  }

  @Test
  void questionsForNamesAreBounded(OuterNetwork outside) {
    NamespaceGuest flooding = guest(0);
    NamespaceGuest other = guest(1);
    String questions = "udp dst port 53 and src host " + OuterNetwork.HOST;
    int start = outside.packets(questions).size();
    long begin = System.nanoTime();
    flooding.traffic("queries", GATEWAY, "8000");
    assertThat(good(other, 5)).isEqualTo(5);
    int asked = outside.packets(questions).size() - start;
    long seconds = (System.nanoTime() - begin) / 1_000_000_000L + 1;
    assertThat((long) asked)
        .as("300 at once, 100 a second, and those of the other guest")
        .isBetween(50L, 300 + 100 * seconds + 20);
    assertThat(networks.inspect(new SlotIndex(0)).dropped("too_many_queries")).isPositive();
    assertThat(networks.inspect(new SlotIndex(1)).dropped("too_many_queries")).isZero();
  }

  @Test
  void eachGuestHasItsBandwidthWhateverTheOthersSend(OuterNetwork outside) throws Exception {
    NamespaceGuest flooding = guest(0);
    NamespaceGuest other = guest(1);
    int size = 4_000_000;
    outside.serve("large", "x".repeat(size));
    for (int slot : List.of(0, 1)) {
      networks.limit(new SlotIndex(slot), new Rate(2_000_000, 25_000));
    }
    var flood =
        CompletableFuture.runAsync(() -> flooding.traffic("bytes", OuterNetwork.WEB, "4000"));
    String got =
        other
            .run("busybox", "wget", "-q", "-O", "-", "http://" + OuterNetwork.WEB + "/large")
            .output();
    flood.get();
    assertThat(got).hasSize(size);
    assertThat(fromGuest(flooding))
        .as("in four seconds at 2 MB a second, and what waited")
        .isBetween(2_000_000L, 12_000_000L);
  }

  /** Bytes that came out of the slot. */
  private long fromGuest(NamespaceGuest guest) {
    String veth = guest.plan().hostVeth();
    String[] words =
        host.check(Command.of("ip", "-stats", "link", "show", veth)).output().strip().split("\\s+");
    return Long.parseLong(words[List.of(words).indexOf("RX:") + 7]);
  }
}
