package dev.visco.api.desktop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.api.desktop.ScriptedDesktop.Sent;
import dev.visco.chromium.Chromium;
import dev.visco.chromium.Visitor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * The desktop's page in Chromium, on the real API, in front of a desktop of known pixels; one
 * Chromium for a class, one site for a test.
 */
abstract class DesktopPageSite {
  static final int BLUE = 0x2060a0;
  static final int WHITE = 0xffffff;

  /**
   * What a browser tells of a server that refuses or is away, noVNC of a connection that did not
   * come about, and Chromium of how noVNC reads its cursor.
   */
  private static final Pattern EXPECTED =
      Pattern.compile(
          "(?s)Failed to load resource: .*|WebSocket connection to .*|Failed when .*|Canvas2D: .*");

  static Chromium chromium;
  @TempDir private Path folder;
  DesktopSite site;
  final List<Visitor> visitors = new ArrayList<>();

  @BeforeAll
  static void startChromium() {
    chromium = Chromium.start();
  }

  @AfterAll
  static void endChromium() {
    chromium.close();
  }

  @BeforeEach
  void start() throws Exception {
    site = DesktopSite.start(folder);
  }

  /**
   * Whatever a test does, no page asks anybody but its own server, or does what its policy forbids.
   */
  @AfterEach
  void end() throws Exception {
    for (Visitor visitor : visitors) {
      assertThat(visitor.requests())
          .isNotEmpty()
          .allSatisfy(
              address -> assertThat(address).matches("(http|ws)://127\\.0\\.0\\.1:\\d+/.*"));
      assertThat(visitor.complaints())
          .allSatisfy(complaint -> assertThat(complaint).matches(EXPECTED));
      visitor.close();
    }
    site.close();
  }

  Visitor visitor(Visitor visitor) {
    visitors.add(visitor);
    return visitor;
  }

  Visitor connected(String link) {
    return connected(visitor(chromium.visitor(1280, 800)), link);
  }

  static Visitor connected(Visitor visitor, String link) {
    visitor.open(link);
    visitor.awaitState("Connected");
    visitor.awaitPixel(5, 5, WHITE);
    return visitor;
  }

  static void panel(Visitor visitor, String name) {
    visitor.find("[aria-controls=panel-" + name + "]").click();
    assertThat(visitor.find("#panel-" + name)).isVisible();
  }

  void awaitSent(Sent... wanted) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(site.desktop.sent()).containsSubsequence(wanted));
  }

  List<Sent> keys() {
    return site.desktop.sent().stream().filter(Sent.Key.class::isInstance).toList();
  }

  /** Keys that are down for all the desktop knows. */
  List<Integer> held() {
    var held = new ArrayList<Integer>();
    for (Sent sent : keys()) {
      if (sent instanceof Sent.Key key && key.isDown()) {
        held.add(key.keysym());
      } else if (sent instanceof Sent.Key key) {
        held.remove((Integer) key.keysym());
      }
    }
    return held;
  }
}
