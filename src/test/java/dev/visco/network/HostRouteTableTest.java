package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostRouteTableTest {
  private static final InstallationId OURS = new InstallationId("00ff");
  private static final Cidr POOL = Cidr.of("pool", "192.168.100.0/24");

  /** As iproute2 6.1 prints a host with two uplinks, a tunnel and several ways to one network. */
  private static final String ROUTES =
      """
      default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.2 metric 100
      default via 198.51.100.1 dev wlan0 proto dhcp src 198.51.100.7 metric 600
      default proto static metric 700
      \tnexthop via 192.0.2.3 dev eth0 weight 1
      \tnexthop via 198.51.100.3 dev wlan0 weight 1
      10.8.0.0/24 via 192.168.100.77 dev tun0
      blackhole 172.20.0.0/16
      192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2 metric 100
      203.0.113.9 dev tun0 scope link
      local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
      local 192.0.2.2 dev eth0 table local proto kernel scope host src 192.0.2.2
      broadcast 192.0.2.255 dev eth0 table local proto kernel scope link src 192.0.2.2
      multicast 224.0.0.0/4 dev eth0 table 7
      """;

  /** A table of another installation that has this test's pool. */
  private static final String OTHERS =
      """
      table inet visco_00ee {
        chain from_guests {
          ip saddr 192.168.100.0/24 ip daddr != 192.168.100.0/24 masquerade
        }
      }
      """;

  private static void judge(String pool, String routes, String others) {
    new HostRouteTable(routes).refuseOverlap(Cidr.of("pool", pool), OURS, others);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.168.100.0/24", "10.8.1.0/24", "192.0.3.0/29", "172.21.0.0/16"})
  void aRangeThatNoRouteHasMayBeThePool(String pool) {
    assertThatCode(() -> judge(pool, ROUTES, "")).doesNotThrowAnyException();
    assertThatCode(() -> judge(pool, "", "")).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.0/24",
        "192.0.2.128/25",
        "192.0.0.0/16",
        "10.8.0.64/29",
        "172.20.5.0/24",
        "203.0.113.8/29",
        "127.9.0.0/24",
        "224.0.0.0/24"
      })
  void aRangeThatOneHasInWholeOrInPartIsRefused(String pool) {
    assertThatThrownBy(() -> judge(pool, ROUTES, ""))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("network.pool \"" + pool + "\" overlaps the host's route \"")
        .hasMessageEndingWith(
            "Set network.pool (VISCO_POOL) to a range that this host does not use.");
  }

  @Test
  void theRefusalQuotesTheRoute() {
    assertThatThrownBy(() -> judge("203.0.113.0/24", ROUTES, ""))
        .hasMessageContaining("\"203.0.113.9 dev tun0 scope link\"");
  }

  @Test
  void ourOwnRoutesAreNoOverlap() {
    String own =
        """
        unreachable 192.168.100.0/24 metric 4294967295
        192.168.100.2 dev v00ffh0 src 192.168.100.254
        local 192.168.100.254 dev v00ffh0 table local proto kernel scope host src 192.168.100.254
        """;
    assertThatCode(() -> judge(POOL.toString(), ROUTES + own, "")).doesNotThrowAnyException();
  }

  /** What OpenVPN's {@code redirect-gateway def1} adds, and other VPNs in more pieces. */
  @Test
  void piecesOfADefaultRouteHinderNoPool() {
    String vpn =
        """
        0.0.0.0/1 via 172.27.9.1 dev tun0
        128.0.0.0/1 via 172.27.9.1 dev tun0
        192.0.0.0/2 dev wg0 scope link
        192.0.0.0/3 dev wg0 scope link
        """;
    assertThatCode(() -> judge(POOL.toString(), ROUTES + vpn, "")).doesNotThrowAnyException();
    assertThatThrownBy(() -> judge("192.168.0.0/16", "192.0.0.0/8 dev wg0 scope link\n", ""))
        .as("a network")
        .isInstanceOf(Refused.class);
  }

  /** Somebody flushed all rules, ours with them: the route that is left is still ours. */
  @Test
  void anUnreachableRouteWithoutRulesIsOurs() {
    String left = "unreachable 192.168.100.0/24 metric 4294967295\n";
    assertThatCode(() -> judge(POOL.toString(), left, "")).doesNotThrowAnyException();
    assertThatThrownBy(() -> judge(POOL.toString(), "unreachable 192.168.100.0/24 metric 20\n", ""))
        .as("an administrator's")
        .isInstanceOf(Refused.class);
  }

  @Test
  void anotherInstallationsPoolIsRefused() {
    String others =
        """
        unreachable 192.168.100.0/24 metric 4294967295
        192.168.100.2 dev v00eeh0 src 192.168.100.254
        """;
    for (String line : others.lines().toList()) {
      assertThatThrownBy(() -> judge(POOL.toString(), ROUTES + line + "\n", OTHERS))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(line);
    }
    assertThatThrownBy(() -> judge("192.168.0.0/16", others, ""))
        .as("a wider pool than the one that stands")
        .isInstanceOf(Refused.class);
  }
}
