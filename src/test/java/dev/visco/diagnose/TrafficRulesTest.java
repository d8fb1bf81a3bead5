package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.BootEvidence.MachineFacts;
import dev.visco.diagnose.BootEvidence.NetworkFacts;
import dev.visco.diagnose.BootEvidence.PacketsSeen;
import dev.visco.diagnose.BootEvidence.ScanFacts;
import dev.visco.diagnose.BootEvidence.SessionFacts;
import dev.visco.diagnose.BootEvidence.TrafficFacts;
import dev.visco.diagnose.BootEvidence.Unmet;
import dev.visco.model.Transport;
import dev.visco.wire.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a slot has seen of a guest is the cause where its console says nothing of it. */
class TrafficRulesTest {
  private static final String GATEWAY = "192.168.100.1";
  private static final String MAC = "02:00:00:00:00:01";
  private static final String CONSOLE =
      """
      [    0.000000] Linux version 6.1.0-56-cloud-amd64
      [    1.508855] Run /init as init process
      [    1.271937] virtio_blk virtio0: [vda] 4198400 512-byte logical blocks
      [    2.271937] EXT4-fs (vda): mounted filesystem with ordered data mode
      """;
  private static final PacketsSeen NONE = new PacketsSeen(0, null, null);
  private static final PacketsSeen SOME = new PacketsSeen(3, null, 7L);
  private static final PacketsSeen OWN = new PacketsSeen(9, 40L, 30L);
  private static final TrafficFacts NOTHING =
      new TrafficFacts(GATEWAY, NONE, NONE, NONE, List.of(), List.of());
  private static final ScanFacts UNANSWERED =
      new ScanFacts(false, false, List.of(), List.of(), 0, 0, 56);

  /** A guest that hangs at its deadline, with a kernel of which only the given option is known. */
  private static Diagnosis of(
      String stage,
      @Nullable String answeredBy,
      TrafficFacts traffic,
      @Nullable ScanFacts scan,
      long consoleAge) {
    NetworkFacts network =
        new NetworkFacts(
                "up",
                true,
                "up",
                true,
                true,
                1,
                1,
                0L,
                5L,
                List.of(),
                "192.168.100.8/24",
                MAC,
                null,
                null)
            .with(answeredBy, traffic, scan);
    return Diagnoses.explain(
        new BootEvidence(
            Transport.MMIO,
            List.of("console=ttyS0"),
            1,
            512,
            120,
            121,
            consoleAge,
            new KernelFacts("6.1.0", Map.of(), true, null, null, null, 68),
            "ext4",
            CONSOLE,
            new MachineFacts(true, "", "running"),
            network,
            null,
            new SessionFacts(stage, "port 22 of 192.168.100.8: " + stage),
            null,
            new Unmet(5, "interface has its address", "the guest was not asked"),
            List.of()));
  }

  private static Diagnosis silent(
      @Nullable String answeredBy, TrafficFacts traffic, @Nullable ScanFacts scan) {
    return of("NO_ANSWER", answeredBy, traffic, scan, 60);
  }

  @Test
  void anAddressThatAClientOfDhcpTookAwayIsNamed() {
    var traffic = new TrafficFacts(GATEWAY, OWN, SOME, SOME, List.of(), List.of(GATEWAY));
    Diagnosis diagnosis = silent(null, traffic, UNANSWERED);
    assertThat(diagnosis.rule()).isEqualTo("address-given-up");
    assertThat(diagnosis.isCertain()).isTrue();
    assertThat(diagnosis.evidence())
        .contains(
            "nobody answers ARP for its address any more",
            "its last ARP with this address was 30 s ago",
            "the slot saw it ask by DHCP, last 7 s ago");
  }

  @Test
  void aClientOfDhcpIsSeenThoughItSaysNothing() {
    var traffic = new TrafficFacts(GATEWAY, NONE, SOME, SOME, List.of("169.254.7.9"), List.of());
    Diagnosis diagnosis = silent(null, traffic, UNANSWERED);
    assertThat(diagnosis.rule()).isEqualTo("dhcp-unanswered");
    assertThat(diagnosis.isCertain()).isTrue();
    assertThat(diagnosis.evidence())
        .contains(
            "the slot saw it ask by DHCP, last 7 s ago, and took 169.254.7.9 for want of an answer");
    assertThat(silent(MAC, traffic, UNANSWERED).rule())
        .as("of a guest that has its address all the same")
        .isNotEqualTo("dhcp-unanswered");
  }

  @Test
  void anotherAddressIsNamed() {
    var traffic = new TrafficFacts(GATEWAY, NONE, NONE, SOME, List.of("10.7.0.9"), List.of());
    Diagnosis diagnosis = silent(null, traffic, UNANSWERED);
    assertThat(diagnosis.rule()).isEqualTo("two-owners-of-the-address");
    assertThat(diagnosis.evidence())
        .contains("the slot saw the guest use 10.7.0.9, and 192.168.100.8/24 was planned");
  }

  @Test
  void aGatewayThatIsNotOnTheGuestsLinkIsNamed() {
    var others = new TrafficFacts(GATEWAY, OWN, NONE, NONE, List.of(), List.of("192.168.100.9"));
    assertThat(silent(MAC, others, UNANSWERED).rule()).isEqualTo("gateway-off-link");
    var quiet = new TrafficFacts(GATEWAY, OWN, NONE, NONE, List.of(), List.of());
    var probed = new ScanFacts(true, false, List.of(), List.of(), 0, 0, 56);
    assertThat(silent(null, quiet, probed).rule()).isEqualTo("gateway-off-link");
    assertThat(silent(MAC, quiet, probed).rule())
        .as("or a firewall")
        .isEqualTo("packets-unanswered");
    assertThat(silent(MAC, quiet, probed).isCertain()).isFalse();
  }

  @Test
  void aFirewallInTheGuestIsNamed() {
    var traffic = new TrafficFacts(GATEWAY, OWN, NONE, NONE, List.of(), List.of(GATEWAY));
    var echo = new ScanFacts(true, true, List.of(), List.of(), 0, 0, 56);
    Diagnosis diagnosis = silent(MAC, traffic, echo);
    assertThat(diagnosis.rule()).isEqualTo("firewall-in-guest");
    assertThat(diagnosis.isCertain()).isTrue();
    assertThat(diagnosis.evidence())
        .contains("it answers an ICMP echo, 56 TCP ports do not answer");
    assertThat(diagnosis.ruledOut()).contains("the guest has its address: it answers ARP");
    var rejecting = new ScanFacts(true, true, List.of(80), List.of(), 0, 1300, 0);
    assertThat(of("NO_ROUTE", MAC, traffic, rejecting, 60).rule()).isEqualTo("firewall-in-guest");
    var late = new ScanFacts(true, true, List.of(22), List.of(22), 1300, 0, 0);
    assertThat(silent(MAC, traffic, late).rule())
        .as("an sshd that has come meanwhile")
        .isEqualTo(Diagnosis.UNKNOWN);
  }

  @Test
  void anSshdAtAnotherPortIsNamed() {
    var traffic = new TrafficFacts(GATEWAY, OWN, NONE, NONE, List.of(), List.of(GATEWAY));
    var moved = new ScanFacts(true, true, List.of(80, 2222), List.of(2222), 1300, 0, 0);
    Diagnosis diagnosis = of("PORT_CLOSED", MAC, traffic, moved, 60);
    assertThat(diagnosis.rule()).isEqualTo("sshd-on-another-port");
    assertThat(diagnosis.evidence())
        .contains("an SSH server answers at port 2222, and none at port 22");
    var none = new ScanFacts(true, true, List.of(80), List.of(), 1300, 0, 0);
    assertThat(of("PORT_CLOSED", MAC, traffic, none, 60).rule()).isEqualTo("no-sshd");
  }

  @Test
  void anInterfaceThatIsOnlyUpAndOneThatNeverCameAreToldApart() {
    var up = new TrafficFacts(GATEWAY, NONE, NONE, SOME, List.of(), List.of());
    assertThat(silent(null, up, UNANSWERED).rule()).isEqualTo("interface-without-address");
    assertThat(silent(null, NOTHING, UNANSWERED).rule()).isEqualTo("interface-silent");
    assertThat(of("NO_ANSWER", null, NOTHING, UNANSWERED, 1).rule())
        .as("a boot that goes on has no interface yet")
        .isEqualTo("too-slow");
  }

  @Test
  void whatNoRuleExplainsIsToldWithWhatTheSlotHasSeen() {
    var traffic = new TrafficFacts(GATEWAY, OWN, NONE, SOME, List.of(), List.of(GATEWAY));
    Diagnosis diagnosis = of("NO_BANNER", MAC, traffic, null, 60);
    assertThat(diagnosis.rule()).isEqualTo(Diagnosis.UNKNOWN);
    assertThat(diagnosis.evidence())
        .contains(
            "the slot saw of the guest: 9 packets of ARP for its address, 0 of DHCP, 3 of IPv6; asked for: 192.168.100.1");
  }

  @Test
  void evidenceIsReadAgainAndOldEvidenceIsStillRead() {
    var network =
        new NetworkFacts(
                "up",
                true,
                "up",
                true,
                true,
                1,
                1,
                0L,
                0L,
                List.of(),
                "192.168.100.8/24",
                MAC,
                null,
                null)
            .with(MAC, NOTHING, UNANSWERED);
    String text = Json.pretty(network);
    assertThat(Json.read(text, NetworkFacts.class)).isEqualTo(network);
    String old = text.replaceAll("(?s),\\s*\"traffic\".*", "}");
    assertThat(Json.read(old, NetworkFacts.class)).isEqualTo(network.with(MAC, null, null));
  }
}
