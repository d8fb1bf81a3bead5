package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.desktop.DesktopsUnderTest;
import dev.visco.desktop.DesktopService.View;
import dev.visco.model.VmId;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.settings.PublicUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a reverse proxy may tell to be the viewer. */
@Timeout(60)
class ViewerAddressTest {
  private static final InetSocketAddress PROXY = peer("127.0.0.1");
  @TempDir private Path folder;

  private static InetSocketAddress peer(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 4711);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "203.0.113.9                         | 203.0.113.9",
        "198.51.100.7, 203.0.113.9           | 203.0.113.9",
        "what it was told, 203.0.113.9:50123 | 203.0.113.9",
        "2001:DB8::1                         | 2001:db8:0:0:0:0:0:1",
        "[2001:db8::1]:443                   | 2001:db8:0:0:0:0:0:1",
      })
  void theLastAddressIsTheOneThatTheProxySaw(String header, String viewer) {
    assertThat(ViewerAddress.of(PROXY, List.of("192.0.2.1", header)))
        .isEqualTo(viewer + " via 127.0.0.1:4711");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "203.0.113.9,",
        "unknown",
        "localhost",
        "256.0.0.1",
        "1.2.3",
        "4",
        "203.0.113.9 via 10.0.0.1:1",
        "203.0.113.9\n2026-01-01 forged",
        "<script>",
        "::1%lo",
        "[::1",
        "::::",
        "1:2:3:4:5:6:7:8:9",
        "203.0.113.9:999999"
      })
  void whatIsNoAddressIsLeftOut(String garbage) {
    assertThat(ViewerAddress.of(PROXY, List.of(garbage))).isEqualTo("127.0.0.1:4711");
  }

  @Test
  void garbageOfAnyLengthIsLeftOut() {
    assertThat(ViewerAddress.of(PROXY, List.of("1:".repeat(4000)))).isEqualTo("127.0.0.1:4711");
  }

  @Test
  void onlyThisHostIsBelieved() {
    for (String far : List.of("10.0.0.1", "192.168.100.2", "2001:db8::7")) {
      assertThat(ViewerAddress.of(peer(far), List.of("203.0.113.9")))
          .as(far)
          .doesNotContain("203.0.113.9")
          .endsWith(":4711");
    }
    assertThat(ViewerAddress.of(peer("::1"), List.of("203.0.113.9")))
        .startsWith("203.0.113.9 via ");
  }

  private String recorded(@Nullable PublicUrl url) throws Exception {
    try (var api = new DesktopsUnderTest(folder, DesktopsUnderTest.LIMITS, url);
        var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer =
          api.open(
              id,
              "Authorization: Bearer " + DesktopsUnderTest.TOKEN,
              "X-Forwarded-For: 198.51.100.7",
              "X-Forwarded-For: 203.0.113.9")) {
        viewer.shakeHands();
      }
      Awaitility.await().until(() -> api.viewers.of(id) == 0);
      return api.desktops.views(id).stream().map(View::from).toList().getFirst();
    }
  }

  @Test
  void itIsRecordedSoWithAPublicUrl() throws Exception {
    assertThat(recorded(new PublicUrl("https", "visco.example.com", -1, "/lab")))
        .matches("203\\.0\\.113\\.9 via 127\\.0\\.0\\.1:\\d+");
  }

  @Test
  void withoutOneNobodyIsBelieved() throws Exception {
    assertThat(recorded(null)).matches("127\\.0\\.0\\.1:\\d+");
  }
}
