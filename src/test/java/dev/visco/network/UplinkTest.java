package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UplinkTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nameserver 192.0.2.53",
        "# made by hand\nsearch example.test\n\tnameserver\t192.0.2.53   # ours\noptions ndots:1\n",
        "nameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n",
        "nameserver ::1\nnameserver fe80::1%eth0\nnameserver 0.0.0.0\nnameserver 192.0.2.53",
        "nameserver 192.0.2\nnameserver 192.0.2.530\nnameserver\nnameserver 192.0.2.53\r\n",
        "#nameserver 192.0.2.1\n;nameserver 192.0.2.1\nnameservers 192.0.2.1\nnameserver 192.0.2.53"
      })
  void takesTheFirstNameserverThatGuestsCanBeSentTo(String resolvConf) {
    assertThat(Uplink.detect(List.of(resolvConf)).nameserver()).hasToString("192.0.2.53");
  }

  @Test
  void asksTheNextFileWhenTheFirstNamesOnlyTheHostsOwnLoopback() {
    assertThat(
            Uplink.detect(List.of("nameserver 127.0.0.53\n", "nameserver 192.0.2.53\n"))
                .nameserver())
        .hasToString("192.0.2.53");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nameserver 127.0.0.1", "nameserver 2001:db8::53", "search a.test"})
  void refusesAHostWithoutOneAndNamesTheSetting(String resolvConf) {
    assertThatThrownBy(() -> Uplink.detect(List.of(resolvConf)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no IPv4 nameserver")
        .hasMessageContaining("network.nameserver (VISCO_NAMESERVER)");
  }
}
