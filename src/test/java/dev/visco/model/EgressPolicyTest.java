package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies and their parts, as texts that callers give. */
class EgressPolicyTest {
  @ParameterizedTest
  @CsvSource({
    "example.com, example.com, true",
    "Example.COM, example.com, true",
    "example.com, www.example.com, false",
    "*.example.com, www.example.com, true",
    "*.example.com, a.b.example.com, true",
    "*.example.com, example.com, false",
    "*.example.com, badexample.com, false",
    "*.example.com, .example.com, false",
    "10.0.0.0/8, example.com, false",
  })
  void aRuleByNameIsForItsNames(String rule, String name, boolean is) {
    assertThat(EgressRule.of("allow", rule).matches(name)).isEqualTo(is);
  }

  @ParameterizedTest
  @CsvSource({
    "198.51.100.0/24, 198.51.100.7, true",
    "198.51.100.0/24, 198.51.101.7, false",
    "198.51.100.7, 198.51.100.7, true",
    "198.51.100.7, 198.51.100.8, false",
    "example.com, 198.51.100.8, false",
  })
  void aRuleByAddressIsForItsAddresses(String rule, String address, boolean is) {
    assertThat(EgressRule.of("allow", rule).matches(Ipv4.of("address", address))).isEqualTo(is);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "*.",
        "a..b",
        "-a.b",
        "a b",
        "1.2.3",
        "1.2.3.4/33",
        "1.2.3.4/24",
        "a.*.b",
        "http://a",
        "a:443",
        "::1",
        "ü.example",
        "1.2.3.4/"
      })
  void whatIsNeitherIsRefused(String text) {
    assertThatThrownBy(() -> EgressRule.of("deny", text))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("deny");
  }

  @Test
  void aListIsBounded() {
    List<String> many = Collections.nCopies(EgressRule.MAX + 1, "example.com");
    assertThatThrownBy(() -> new EgressPolicy(null, null, many, List.of()))
        .hasMessageContaining("too many");
  }

  @Test
  void aProxyIsItsUrlWithoutAPassword() {
    var proxy = UpstreamProxy.of("socks5://alice@Proxy.Example:1080");
    assertThat(proxy.url()).isEqualTo("socks5://alice@proxy.example:1080");
    assertThat(proxy.address()).isEqualTo("proxy.example:1080");
    assertThat(UpstreamProxy.of("http://192.0.2.1:3128/").url()).isEqualTo("http://192.0.2.1:3128");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "proxy.example",
        "https://proxy.example:3128",
        "http://proxy.example",
        "http://a:0",
        "http://a:65536",
        "http://a:1/path",
        "socks5://[::1]:1080"
      })
  void whatIsNoProxyIsRefused(String url) {
    assertThatThrownBy(() -> UpstreamProxy.of(url)).isInstanceOf(Refused.class);
  }

  @Test
  void aPasswordInAUrlIsRefusedAndNotRepeated() {
    for (String url : List.of("http://alice:hunter2@proxy.example:3128", "ftp://a:hunter2@b")) {
      assertThatThrownBy(() -> UpstreamProxy.of(url))
          .isInstanceOf(Refused.class)
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
    }
  }

  @Test
  void thereIsOneWayOut() {
    assertThat(EgressPolicy.NAT.leavesFreely()).isTrue();
    assertThat(new EgressPolicy(null, null, List.of("example.com"), List.of()).leavesFreely())
        .isFalse();
    assertThat(new EgressPolicy("198.51.100.1", null, List.of(), List.of()).way())
        .isEqualTo("address");
    var proxy = UpstreamProxy.of("http://proxy.example:3128");
    assertThat(new EgressPolicy(null, proxy, List.of(), List.of()).way()).isEqualTo("proxy");
    assertThatThrownBy(() -> new EgressPolicy("198.51.100.1", proxy, List.of(), List.of()))
        .hasMessageContaining("beside a proxy");
    assertThatThrownBy(() -> new EgressPolicy("localhost", null, List.of(), List.of()))
        .hasMessageContaining("address");
  }
}
