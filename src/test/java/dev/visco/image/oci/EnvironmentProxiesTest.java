package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proxies for registries, as other programs of a host take them. */
class EnvironmentProxiesTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "https_proxy", "http://proxy.example:8080/",
          "HTTP_PROXY", "other.example",
          "no_proxy", "inner.example, .lab.example,10.0.0.1");

  @ParameterizedTest
  @CsvSource({
    "https://registry.example/v2/, proxy.example:8080",
    "http://registry.example/v2/, other.example:3128",
    "https://inner.example/, none",
    "https://a.inner.example/, none",
    "https://a.lab.example/, none",
    "https://notinner.example/, proxy.example:8080",
    "https://10.0.0.1/, none",
    "http://127.0.0.1:5000/, none",
    "http://localhost:5000/, none",
  })
  void areThoseOfTheEnvironment(String uri, String expected) {
    assertThat(selected(ENVIRONMENT, uri)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"http://[, none", "'', none"})
  void whatCannotBeReadIsNone(String proxy, String expected) {
    assertThat(selected(Map.of("https_proxy", proxy), "https://a.example/")).isEqualTo(expected);
    assertThat(
            selected(
                Map.of("https_proxy", "http://p.example", "no_proxy", "*"), "https://a.example/"))
        .isEqualTo("none");
  }

  private static String selected(Map<String, String> environment, String uri) {
    Proxy found = new EnvironmentProxies(environment).select(URI.create(uri)).getFirst();
    return found.address() instanceof java.net.InetSocketAddress address
        ? address.getHostString() + ":" + address.getPort()
        : "none";
  }
}
