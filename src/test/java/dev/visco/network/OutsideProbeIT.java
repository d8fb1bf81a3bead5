package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Packets sent as a slot's guest, in the real kernel and beside other programs' rules. */
@ExtendWith(OuterNetwork.Extension.class)
class OutsideProbeIT {
  private static final SlotIndex SLOT = new SlotIndex(3);
  private static final Ipv4 NAMESERVER = Ipv4.of("nameserver", OuterNetwork.NAMESERVER);
  private static final Ipv4 NOBODY = Ipv4.of("nobody", "203.0.113.77");

  private final Host host = new LinuxHost();
  private final OutsideProbe probe = new OutsideProbe(host, new SecureRandom());
  @TempDir Path folder;
  private Networks networks;
  private HostBefore before;

  @BeforeEach
  void open() throws IOException {
    var id = new InstallationId("%04x".formatted(new SecureRandom().nextInt(1 << 16)));
    Path tun = Files.createFile(folder.resolve("tun"));
    Cidr pool = Cidr.of("pool", "192.168.100.0/24");
    networks = new Networks(host, id, pool, new Uplink(NAMESERVER), NetworkBounds.STANDARD, tun);
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
    networks.open(SLOT);
  }

  @AfterEach
  void close() {
    networks.close(SLOT);
    networks.hostNetwork().close(before);
    host.run(Command.of("nft", "delete", "table", "ip", "filter"));
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  private boolean asGuest(Ipv4 nameserver) {
    return probe.answersGuest(networks.plan(SLOT), nameserver);
  }

  @Test
  void theOutsideAnswersTheHostAndAPacketSentAsTheGuest(OuterNetwork outside) {
    assertThat(probe.answersHost(NAMESERVER)).isTrue();
    assertThat(asGuest(NAMESERVER)).isTrue();
    assertThat(probe.connectsHost(OuterNetwork.WEB, 80)).isTrue();
    assertThat(probe.connectsGuest(networks.plan(SLOT), OuterNetwork.WEB, 80)).isTrue();
    assertThat(outside.packets("net 192.168.100.0/24")).as("untranslated").isEmpty();
  }

  @Test
  void nobodyAnswersWhereNobodyIs() {
    assertThat(probe.answersHost(NOBODY)).isFalse();
    assertThat(asGuest(NOBODY)).isFalse();
    assertThat(probe.connectsHost(OuterNetwork.WEB, 4399)).as("a closed port").isFalse();
    assertThat(probe.connectsGuest(networks.plan(SLOT), OuterNetwork.WEB, 4399)).isFalse();
  }

  /** Docker's chain with policy drop, as dockerd (iptables-nft) leaves it on a host. */
  @Test
  void aForwardChainOfAnotherProgramThatDropsIsSeen() throws Exception {
    host.check(Command.of("nft", "-f", Path.of("src/test/resources/hosts/docker.nft").toString()));
    assertThat(probe.answersHost(NAMESERVER)).isTrue();
    assertThat(asGuest(NAMESERVER)).isFalse();
    assertThat(probe.connectsGuest(networks.plan(SLOT), OuterNetwork.WEB, 80)).isFalse();
  }

  @Test
  void withoutForwardingOrTranslationNothingComesBack() {
    host.check(Command.of("sysctl", "-q", "-w", "net.ipv4.ip_forward=0"));
    assertThat(asGuest(NAMESERVER)).isFalse();
    host.check(Command.of("sysctl", "-q", "-w", "net.ipv4.ip_forward=1"));
    assertThat(asGuest(NAMESERVER)).isTrue();
    String table = Ruleset.hostTable(networks.installation());
    host.check(Command.of("nft", "flush", "chain", "inet", table, "from_guests"));
    assertThat(asGuest(NAMESERVER)).isFalse();
  }

  @Test
  void aSlotThatIsGoneAnswersNothing() {
    networks.close(SLOT);
    assertThat(asGuest(NAMESERVER)).isFalse();
  }

  @Test
  void besideViscosOwnRulesNothingIsInTheWay() {
    HostRules rules = networks.hostNetwork().rules();
    assertThat(rules.isOwnThere()).isTrue();
    assertThat(rules.hasRoute()).isTrue();
    assertThat(rules.obstacles()).isEmpty();
  }

  @Test
  void anAddressOfTheHostIsKnown() {
    assertThat(OutsideProbe.isHosts(Ipv4.of("host", OuterNetwork.HOST))).isTrue();
    assertThat(OutsideProbe.isHosts(NAMESERVER)).isFalse();
  }
}
