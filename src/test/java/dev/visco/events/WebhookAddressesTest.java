package dev.visco.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Cidr;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Webhooks go to the Internet, and to the networks that a setting names. */
class WebhookAddressesTest {
  private static boolean allows(String address, String... networks) throws Exception {
    return new WebhookAddresses(
            List.of(networks).stream().map(one -> Cidr.of("network", one)).toList())
        .allows(InetAddress.getByName(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.100.5",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2002:7f00:1::1",
        "2001::1",
        "2001:db8::1"
      })
  void whatOnlyTheHostReachesIsRefused(String address) throws Exception {
    assertThat(allows(address)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00::1"})
  void theInternetIsAllowed(String address) throws Exception {
    assertThat(allows(address)).isTrue();
  }

  @Test
  void aNetworkOfTheSettingIsAllowedAndItsNeighbourIsNot() throws Exception {
    assertThat(allows("127.0.0.1", "127.0.0.1/32", "10.0.0.0/8")).isTrue();
    assertThat(allows("127.0.0.2", "127.0.0.1/32", "10.0.0.0/8")).isFalse();
    assertThat(allows("10.255.0.1", "127.0.0.1/32", "10.0.0.0/8")).isTrue();
    assertThat(allows("169.254.169.254", "127.0.0.1/32", "10.0.0.0/8")).isFalse();
    assertThat(allows("::1", "0.0.0.0/0")).as("only networks of IPv4 can be named").isFalse();
  }
}
