package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.MachineOptions;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What changes on a host while a guest lives, and that the guest goes on. */
@ExtendWith(OuterNetwork.Extension.class)
class HostChangesIT {
  private static final SlotIndex SLOT = new SlotIndex(0);
  private static final String GATEWAY = "192.168.100.1";
  private static final String OWN_NAME = "own.example.test";

  private final Host host = new LinuxHost();
  private final Host fake = NamespaceGuest.hostFor(host);
  @TempDir Path folder;
  private Networks networks;
  private HostBefore before;
  private NamespaceGuest guest;

  @BeforeEach
  void open() throws IOException {
    networks =
        new Networks(
            fake,
            new InstallationId("%04x".formatted(new SecureRandom().nextInt(1 << 16))),
            Cidr.of("pool", "192.168.100.0/24"),
            new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)),
            NetworkBounds.STANDARD,
            Files.createFile(folder.resolve("tun")));
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
    guest = NamespaceGuest.open(fake, networks, SLOT);
  }

  @AfterEach
  void close() {
    guest.close();
    networks.close(SLOT);
    networks.hostNetwork().close(before);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  private List<String> repair() {
    return networks.repair(Map.of(SLOT, MachineOptions.NETWORK));
  }

  private boolean resolves(String name) {
    CommandResult answer = guest.run("busybox", "nslookup", "-type=a", name, GATEWAY);
    return answer.output().contains(OuterNetwork.WEB);
  }

  private boolean reachesTheWeb() {
    return guest
        .run("timeout", "5", "busybox", "wget", "-q", "-O", "-", "http://" + OuterNetwork.WEB + "/")
        .output()
        .contains(OuterNetwork.WEB_TEXT);
  }

  private Process ownNameserver() throws IOException {
    Process own =
        new ProcessBuilder(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--user=root",
                "--no-resolv",
                "--no-hosts",
                "--pid-file=",
                "--bind-interfaces",
                "--listen-address=" + OuterNetwork.HOST,
                "--address=/" + OWN_NAME + "/" + OuterNetwork.WEB)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("dnsmasq.log").toFile())
            .start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            host.run(Command.of("busybox", "nslookup", "-type=a", OWN_NAME, OuterNetwork.HOST))
                .output()
                .contains(OuterNetwork.WEB));
    return own;
  }

  /** A VPN comes up, a laptop roams: resolv.conf names another nameserver from then on. */
  @Test
  void aGuestThatLivesAsksTheNameserverOfTodayAndNoConnectionIsCut() throws Exception {
    Process own = ownNameserver();
    Process held =
        guest.start("busybox", "nc", OuterNetwork.WEB, "80").redirectErrorStream(true).start();
    try {
      assertThat(resolves(OuterNetwork.WEB_NAME)).isTrue();
      assertThat(resolves(OWN_NAME)).isFalse();

      networks.use(new Uplink(Ipv4.of("nameserver", OuterNetwork.HOST)));
      networks.hostNetwork().followUplink();
      assertThat(networks.followUplink(SLOT)).isTrue();
      assertThat(resolves(OWN_NAME)).isTrue();
      assertThat(networks.repair(Map.of())).as("the rules are as they should be").isEmpty();

      held.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      held.getOutputStream().flush();
      assertThat(new String(held.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .as("of the connection that was open before")
          .contains(OuterNetwork.WEB_TEXT);

      networks.use(new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)));
      networks.hostNetwork().followUplink();
      networks.followUplink(SLOT);
      assertThat(resolves(OuterNetwork.WEB_NAME)).as("and back").isTrue();
    } finally {
      held.destroy();
      own.destroy();
      assertThat(own.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aSlotOfAnEarlierVersionSaysThatItCannotFollow() {
    host.check(Command.of("nft", "flush", "ruleset").inNetns(networks.plan(SLOT).netns()));
    assertThat(networks.followUplink(SLOT)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ip link set %veth down",
        "ip link del %veth",
        "ip route flush dev %veth",
        "ip addr flush dev %veth",
        "ip neigh del %address dev %veth",
        "ip route flush table main",
      })
  void whatANetworkManagerTakesAwayOfASlotsLinkIsPutBackAndTheGuestGoesOn(String command) {
    assertThat(reachesTheWeb()).isTrue();
    assertThat(repair()).as("nothing is missing").isEmpty();
    SlotPlan plan = networks.plan(SLOT);
    String[] words =
        command
            .replace("%veth", plan.hostVeth())
            .replace("%address", plan.guest().address().toString())
            .split(" ", -1);
    List<String> routes =
        host.check(Command.of("ip", "route", "show"))
            .output()
            .lines()
            .filter(line -> line.contains("uplink"))
            .toList();
    host.check(Command.of(words));
    // The host's own routes are its own to put back.
    for (int last = routes.size() - 1; last >= 0; last--) {
      String[] route = ("ip route replace " + routes.get(last).strip()).split("\\s+", -1);
      host.check(Command.of(route));
    }
    List<String> mended = repair();
    assertThat(mended)
        .anyMatch(text ->
            text.equals("the link " + plan.hostVeth() + " with its address, route and neighbour"));
    assertThat(reachesTheWeb()).isTrue();
    assertThat(resolves(OuterNetwork.WEB_NAME)).isTrue();
    assertThat(repair()).as("all is there again").isEmpty();
  }

  @Test
  void aSlotWhoseNamespaceIsGoneIsLeftAlone() {
    networks.close(SLOT);
    assertThat(repair()).isEmpty();
    assertThat(networks.present()).isEmpty();
  }
}
