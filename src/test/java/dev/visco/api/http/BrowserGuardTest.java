package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose requests are answered: no other site's page, and no name that is not ours. */
@Timeout(60)
class BrowserGuardTest {
  @TempDir private Path folder;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    api = ApiUnderTest.start(folder);
  }

  @AfterEach
  void end() {
    api.close();
  }

  private String answer(String host, String... more) throws Exception {
    var lines =
        new String[] {
          "GET /api/vms HTTP/1.1",
          "Host: " + host,
          "Connection: close",
          "Authorization: Bearer " + ApiUnderTest.TOKEN
        };
    var all = new String[lines.length + more.length];
    System.arraycopy(lines, 0, all, 0, lines.length);
    System.arraycopy(more, 0, all, lines.length, more.length);
    return api.raw(all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.1:3000",
        "localhost:80",
        "LocalHost",
        "[::1]:3000",
        "visco.example:3000",
        "Visco.Example",
        "10.1.2.3:3000"
      })
  void itsAddressLocalhostNumbersAndNamesThatWereSetAreAnswered(String host) throws Exception {
    assertThat(answer(host)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:3000",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "a.visco.example",
        "127-0-0-1.evil.example"
      })
  void anyOtherNameIsRefusedForItMayBePointedHereByAnybody(String host) throws Exception {
    assertThat(answer(host))
        .startsWith("HTTP/1.1 403 ")
        .contains("application/problem+json")
        .contains("urn:visco:problem:foreign-request")
        .contains("api.hosts (VISCO_HOSTS)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:3000", "HTTP://127.0.0.1:3000"})
  void itsOwnPagesAreAnswered(String origin) throws Exception {
    assertThat(answer("127.0.0.1:3000", "Origin: " + origin)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "https://127.0.0.1:3000",
        "null",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:3000.evil.example",
        "file://"
      })
  void otherPagesAreRefusedEvenWithATokenAndWithoutOne(String origin) throws Exception {
    assertThat(answer("127.0.0.1:3000", "Origin: " + origin))
        .startsWith("HTTP/1.1 403 ")
        .contains("another site's page")
        .contains("api.public-url (VISCO_PUBLIC_URL)");
  }

  @Test
  void webSocketsAreGuardedToo() throws Exception {
    String path = "GET /api/vms/" + api.create() + "/exec HTTP/1.1";
    String[] upgrade = {
      path,
      "Host: " + api.address(),
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Authorization: Bearer " + ApiUnderTest.TOKEN,
      "Origin: https://evil.example"
    };
    upgrade[2] = "Connection: Upgrade, close";
    assertThat(api.raw(upgrade)).startsWith("HTTP/1.1 403 ");
    upgrade[1] = "Host: evil.example";
    upgrade[7] = "Origin: http://evil.example";
    assertThat(api.raw(upgrade)).startsWith("HTTP/1.1 403 ");
  }
}
