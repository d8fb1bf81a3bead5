package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.outer.OuterNetwork;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rulesets as other programs leave them on hosts, in the real kernel. */
@ExtendWith(OuterNetwork.Extension.class)
class HostFirewallsIT {
  private static final Ipv4 NAMESERVER = Ipv4.of("nameserver", OuterNetwork.NAMESERVER);
  private final Host host = new LinuxHost();
  private final HostFirewalls firewalls =
      new HostFirewalls(
          host, new InstallationId("00ff"), new Pools(Cidr.of("network.pool", "192.168.100.0/24")));

  @AfterEach
  void nothingOfOthersIsLeft() {
    for (String table :
        List.of("ip filter", "ip6 filter", "inet firewalld", "inet office", "inet visco_00ee")) {
      String[] words = table.split(" ", 2);
      host.run(Command.of("nft", "delete", "table", words[0], words[1]));
    }
    assertThat(ruleset()).doesNotContain("table ");
  }

  private void load(String name) {
    host.check(Command.of("nft", "-f", Path.of("src/test/resources/hosts", name).toString()));
  }

  private String ruleset() {
    return host.check(Command.of("nft", "list", "ruleset")).output();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "docker.nft | true | chain FORWARD of table ip filter drops what guests send (policy drop)",
        "firewalld.nft | true | chain filter_FORWARD of table inet firewalld drops what guests send"
            + " (a rule of chain filter_FWD_public)",
        "ufw.nft | true | chain FORWARD of table ip filter drops what guests send (policy drop)",
        "marks.nft | false | chain forward of table inet office drops what guests send (policy drop)"
      })
  void whatKeepsGuestsInIsFound(String name, boolean isCertain, String text) {
    load(name);
    List<Obstacle> found = firewalls.inspect(NAMESERVER).obstacles();
    assertThat(found).isNotEmpty();
    assertThat(found.getFirst().text()).isEqualTo(text);
    assertThat(found.getFirst().isCertain()).isEqualTo(isCertain);
  }

  @Test
  void whatDoesNotConcernGuestsIsNoObstacle() {
    assertThat(firewalls.inspect(NAMESERVER).obstacles()).as("no rules at all").isEmpty();
    load("harmless.nft");
    assertThat(firewalls.inspect(NAMESERVER).obstacles()).isEmpty();
    HostRules own = firewalls.inspect(Ipv4.of("nameserver", OuterNetwork.HOST));
    assertThat(own.obstacles())
        .as("a nameserver on the host's own address, behind its own firewall")
        .extracting(Obstacle::text)
        .containsExactly("chain INPUT of table ip filter drops what guests send (policy drop)");
  }

  @Test
  void aHostWithoutARouteToTheNameserverIsKnown() {
    assertThat(firewalls.inspect(NAMESERVER).hasRoute()).isTrue();
    Command route = Command.of("ip", "route", "add", "unreachable", "198.51.100.53");
    host.check(route);
    try {
      HostRules rules = firewalls.inspect(Ipv4.of("nameserver", "198.51.100.53"));
      assertThat(rules.hasRoute()).isFalse();
      assertThat(rules.obstacles()).isEmpty();
    } finally {
      host.check(Command.of("ip", "route", "del", "unreachable", "198.51.100.53"));
    }
  }

  /** nft 1.0.6 writes no proper JSON of a table with an owner, as firewalld's may be. */
  @Test
  void aTableWhoseRulesCannotBeReadMayKeepGuestsInAndSpoilsNoOther() {
    String chains =
        """
        {"nftables": [
          {"chain": {"family": "inet", "table": "owned", "name": "forward", "hook": "forward", "policy": "drop"}},
          {"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "hook": "forward", "policy": "drop"}}]}
        """;
    var rules =
        ForeignRules.read(
            chains,
            Set.of("forward"),
            (family, name) -> name.equals("owned") ? "{\"nftables\": [{\"flags\": " : "");
    var packet =
        new RulePacket("v00ffh0", "uplink", "new", NAMESERVER, Ipv4.of("address", "192.0.2.1"));
    assertThat(rules.obstacle("forward", packet).orElseThrow())
        .extracting(Obstacle::table, Obstacle::isCertain)
        .containsExactly("filter", true);
    var alone =
        ForeignRules.read(
            chains.replace("FORWARD\", \"hook\": \"forward\"", "FORWARD\", \"hook\": \"input\""),
            Set.of("forward"),
            (family, name) -> "{\"nftables\": [{\"flags\": ");
    assertThat(alone.obstacle("forward", packet).orElseThrow())
        .extracting(Obstacle::table, Obstacle::isCertain)
        .containsExactly("owned", false);
  }

  @Test
  void dockersOwnChainForOthersLetsGuestsThroughAndIsGivenBackAsItWas() {
    assertThat(firewalls.admit()).as("a host without Docker").isFalse();
    load("docker.nft");
    String before = ruleset();
    assertThat(firewalls.admit()).isTrue();
    assertThat(ruleset()).contains("iifname \"v00ffh*\" accept", "oifname \"v00ffh*\" accept");
    assertThat(firewalls.inspect(NAMESERVER).obstacles()).isEmpty();
    assertThat(firewalls.admit()).as("again").isFalse();
    host.check(Command.of("nft", "flush", "chain", "ip", "filter", "DOCKER-USER"));
    assertThat(firewalls.admit()).as("another program took it away").isTrue();
    firewalls.withdraw();
    firewalls.withdraw();
    assertThat(ruleset()).doesNotContain("v00ffh");
    host.check(Command.of("nft", "add", "rule", "ip", "filter", "DOCKER-USER", "return"));
    assertThat(ruleset()).isEqualTo(before);
  }
}
