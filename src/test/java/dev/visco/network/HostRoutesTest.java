package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostRoutesTest {
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

  private static void judge(String pool, String routes, boolean isOpen) {
    new HostRoutes(routes).refuseOverlap(Cidr.of("pool", pool), OURS, isOpen);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.168.100.0/24", "10.8.1.0/24", "192.0.3.0/29", "172.21.0.0/16"})
  void aRangeThatNoRouteHasMayBeThePool(String pool) {
    assertThatCode(() -> judge(pool, ROUTES, false)).doesNotThrowAnyException();
    assertThatCode(() -> judge(pool, "", false)).doesNotThrowAnyException();
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
    assertThatThrownBy(() -> judge(pool, ROUTES, false))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("network.pool \"" + pool + "\" overlaps the host's route \"")
        .hasMessageEndingWith(
            "Set network.pool (VISCO_POOL) to a range that this host does not use.");
  }

  @Test
  void theRefusalQuotesTheRoute() {
    assertThatThrownBy(() -> judge("203.0.113.0/24", ROUTES, false))
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
    assertThatCode(() -> judge(POOL.toString(), ROUTES + own, true)).doesNotThrowAnyException();
  }

  @Test
  void anotherInstallationsPoolIsRefused() {
    String others =
        """
        unreachable 192.168.100.0/24 metric 4294967295
        192.168.100.2 dev v00eeh0 src 192.168.100.254
        """;
    for (String line : others.lines().toList()) {
      assertThatThrownBy(() -> judge(POOL.toString(), ROUTES + line + "\n", false))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(line);
    }
    assertThatThrownBy(() -> judge("192.168.0.0/16", others, true))
        .as("a wider pool than the one that stands")
        .isInstanceOf(Refused.class);
  }
}
