package dev.visco.api;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Mouse;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.visco.api.ScriptedDesktop.Sent;
import dev.visco.chromium.Chromium;
import dev.visco.chromium.Visitor;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The desktop's page in Chromium, on the real API, in front of a desktop of known pixels. */
@Timeout(120)
class DesktopPageTest {
  private static final int BLUE = 0x2060a0;
  private static final int WHITE = 0xffffff;

  /**
   * What a browser tells of a server that refuses or is away, noVNC of a connection that did not
   * come about, and Chromium of how noVNC reads its cursor.
   */
  private static final Pattern EXPECTED =
      Pattern.compile(
          "(?s)Failed to load resource: .*|WebSocket connection to .*|Failed when .*|Canvas2D: .*");

  private static Chromium chromium;
  @TempDir private Path folder;
  private DesktopSite site;
  private final List<Visitor> visitors = new ArrayList<>();

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

  private Visitor visitor(Visitor visitor) {
    visitors.add(visitor);
    return visitor;
  }

  private Visitor connected(String link) {
    return connected(visitor(chromium.visitor(1280, 800)), link);
  }

  private static Visitor connected(Visitor visitor, String link) {
    visitor.open(link);
    visitor.awaitState("Connected");
    visitor.awaitPixel(5, 5, WHITE);
    return visitor;
  }

  private static void panel(Visitor visitor, String name) {
    visitor.find("[aria-controls=panel-" + name + "]").click();
    assertThat(visitor.find("#panel-" + name)).isVisible();
  }

  private void awaitSent(Sent... wanted) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(site.desktop.sent()).containsSubsequence(wanted));
  }

  private List<Sent> keys() {
    return site.desktop.sent().stream().filter(Sent.Key.class::isInstance).toList();
  }

  @Test
  void aLinkShowsTheDesktopAndWhatChangesOnIt() throws Exception {
    Visitor visitor = connected(site.link(false));
    visitor.awaitPixel(200, 200, BLUE);
    site.desktop.paint(0xa03020);
    visitor.awaitPixel(200, 200, 0xa03020);
    assertThat(visitor.page()).hasTitle(site.vm + " · Visco");
    assertThat(visitor.find("#state")).hasAttribute("aria-live", "polite");
    visitor.picture("connected");
  }

  @Test
  void theSecretLeavesTheAddressAtOnceAndAReloadNeedsItNoMore() throws Exception {
    String link = site.link(false);
    String secret = link.substring(link.indexOf('#') + 1);
    Visitor visitor = connected(link);
    assertThat(visitor.page().url()).isEqualTo(link.substring(0, link.indexOf('#')));
    assertThat(visitor.requests())
        .allSatisfy(address -> assertThat(address).doesNotContain(secret).doesNotContain("?"));
    visitor.page().reload();
    visitor.awaitState("Connected");
    assertThat(visitor.page().evaluate("history.length")).isEqualTo(2);
  }

  @Test
  void aLinkThatWasUsedSaysSoAndHowToGetAnother() throws Exception {
    String link = site.link(false);
    connected(link);
    Visitor second = visitor(chromium.visitor(1280, 800));
    second.open(link);
    second.awaitState("This link has been used or has expired");
    assertThat(second.find("#notice-command code")).hasText("visco open " + site.vm);
    second.picture("used-link");
  }

  @Test
  void aNewLinkInATabThatWasRefusedOpensTheDesktop() throws Exception {
    String link = site.link(false);
    connected(link);
    Visitor visitor = visitor(chromium.visitor(1280, 800));
    visitor.open(link);
    visitor.awaitState("This link has been used or has expired");
    visitor.open(site.link(false));
    visitor.awaitState("Connected");
  }

  @Test
  void withoutALinkThePageSaysThatItNeedsOne() {
    Visitor visitor = visitor(chromium.visitor(1280, 800));
    visitor.open(site.page());
    visitor.awaitState("This page needs a link");
    assertThat(visitor.find("#again")).isHidden();
  }

  @Test
  void keysArriveWithTheirCharacterAndTheirPlace() throws Exception {
    Visitor visitor = connected(site.link(false));
    visitor.page().keyboard().press("a");
    awaitSent(new Sent.Key(true, 'a', 0x1e), new Sent.Key(false, 'a', 0x1e));
    // A key of a German keyboard: its character, whatever the desktop's layout has at that place.
    visitor
        .find("#screen canvas")
        .evaluate(
            "it => { for (const type of ['keydown', 'keyup'])"
                + " it.dispatchEvent(new KeyboardEvent(type, {key: 'ä', code: 'Quote'})); }");
    awaitSent(new Sent.Key(true, 0xe4, 0x28), new Sent.Key(false, 0xe4, 0x28));
    panel(visitor, "keys");
    visitor.find("#control-alt-delete").click();
    awaitSent(
        new Sent.Key(true, 0xffe3, 0x1d),
        new Sent.Key(true, 0xffe9, 0x38),
        new Sent.Key(true, 0xffff, 0xd3),
        new Sent.Key(false, 0xffe3, 0x1d));
  }

  @Test
  void thePointerArrivesWhereItIs() throws Exception {
    Visitor visitor = connected(site.link(false));
    await().until(() -> site.desktop.size().equals("1280x752"));
    visitor.awaitPixel(1200, 700, BLUE);
    var stage = visitor.find("#screen").boundingBox();
    Mouse mouse = visitor.page().mouse();
    mouse.move(stage.x + 321, stage.y + 123);
    mouse.down();
    mouse.up();
    awaitSent(new Sent.Pointer(1, 321, 123), new Sent.Pointer(0, 321, 123));
  }

  @Test
  void aLinkForLookingOnlySendsNothing() throws Exception {
    Visitor visitor = visitor(chromium.visitor(1280, 800));
    visitor.open(site.link(true));
    visitor.awaitState("Connected, view only");
    visitor.awaitPixel(200, 200, BLUE);
    panel(visitor, "view");
    assertThat(visitor.find("#view-only")).isChecked();
    assertThat(visitor.find("#view-only")).isDisabled();
    assertThat(visitor.find("#view-only-why")).containsText("for looking only");
    panel(visitor, "clipboard");
    assertThat(visitor.find("#clipboard-send")).isDisabled();
    visitor.find("#screen canvas").click();
    visitor.page().keyboard().press("a");
    site.desktop.paint(0x102030);
    visitor.awaitPixel(200, 200, 0x102030);
    assertThat(site.desktop.sent()).isEmpty();
  }

  @Test
  void whoChoosesViewOnlyLetsGoOfEveryKeyFirst() throws Exception {
    Visitor visitor = connected(site.link(false));
    visitor.page().keyboard().down("Shift");
    awaitSent(new Sent.Key(true, 0xffe1, 0x2a));
    panel(visitor, "view");
    visitor.find("#view-only").check();
    visitor.awaitState("Connected, view only");
    awaitSent(new Sent.Key(false, 0xffe1, 0x2a));
    visitor.page().keyboard().up("Shift");
    int before = site.desktop.sent().size();
    visitor.find("#screen canvas").click();
    visitor.page().keyboard().press("b");
    visitor.find("[aria-controls=panel-view]").click();
    visitor.find("#view-only").uncheck();
    visitor.awaitState("Connected");
    assertThat(site.desktop.sent().subList(before, site.desktop.sent().size()))
        .noneMatch(Sent.Key.class::isInstance);
  }

  @Test
  void theClipboardGoesBothWaysThroughThePanel() throws Exception {
    Visitor visitor = connected(site.link(false));
    site.desktop.copy("von drüben");
    panel(visitor, "clipboard");
    assertThat(visitor.find("#clipboard-text")).hasValue("von drüben");
    visitor.find("#clipboard-text").fill("nach drüben");
    visitor.find("#clipboard-send").click();
    awaitSent(new Sent.Cut("nach drüben"));
    assertThat(visitor.find("#clipboard-note")).containsText("Sent");
    visitor.picture("clipboard");
    visitor.find("#clipboard-text").fill("x".repeat(300_000));
    visitor.find("#clipboard-send").click();
    assertThat(visitor.find("#clipboard-note")).containsText("at most 262144");
  }

  @Test
  void bothClipboardsAreKeptTheSameWhereTheBrowserGivesLeave() throws Exception {
    Visitor visitor = visitor(chromium.visitor(1280, 800));
    visitor.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
    connected(visitor, site.link(false));
    site.desktop.copy("made there");
    // Not by waitForFunction, which takes a promise for true, and so does not wait at all.
    await().pollInSameThread().until(() -> clipboard(visitor).equals("made there"));
    visitor.page().evaluate("navigator.clipboard.writeText('made here')");
    visitor.find("[aria-controls=panel-help]").focus();
    visitor.find("#screen canvas").click();
    awaitSent(new Sent.Cut("made here"));

    // What the user sends by hand is not undone by what this computer's clipboard still has.
    panel(visitor, "clipboard");
    visitor.find("#clipboard-text").fill("sent by hand");
    visitor.find("#clipboard-send").click();
    awaitSent(new Sent.Cut("made here"), new Sent.Cut("sent by hand"));
    visitor.find("#screen canvas").click();
    visitor.page().evaluate("navigator.clipboard.writeText('made later')");
    visitor.find("[aria-controls=panel-help]").focus();
    visitor.find("#screen canvas").click();
    awaitSent(new Sent.Cut("made later"));
    assertThat(site.desktop.sent().stream().filter(Sent.Cut.class::isInstance))
        .containsExactly(
            new Sent.Cut("made here"), new Sent.Cut("sent by hand"), new Sent.Cut("made later"));
  }

  private static String clipboard(Visitor visitor) {
    return (String) visitor.page().evaluate("navigator.clipboard.readText()");
  }

  @Test
  void textOfAnyScriptIsTypedWhereNothingCanBePasted() throws Exception {
    Visitor visitor = connected(site.link(false));
    panel(visitor, "clipboard");
    visitor.find("#clipboard-text").fill("ß日\n€");
    visitor.find("#clipboard-type").click();
    awaitSent(
        new Sent.Key(true, 0xdf, 0),
        new Sent.Key(false, 0xdf, 0),
        new Sent.Key(true, 0x1000000 | '日', 0),
        new Sent.Key(true, 0xff0d, 0x1c),
        new Sent.Key(true, 0x20ac, 0));
  }

  @Test
  void thePageConnectsAnewWhenItsServerComesBack() throws Exception {
    try (var proxy = new PrefixProxy("", site.port())) {
      Visitor visitor = connected(site.link(proxy.base(), false));
      proxy.leave();
      visitor.awaitState("The connection is lost");
      assertThat(visitor.find("#notice-next")).hasText(Pattern.compile("Next try in \\d+ s"));
      assertThat(visitor.find("#last")).isVisible();
      visitor.picture("lost");
      proxy.comeBack();
      visitor.awaitState("Connected");
      assertThat(visitor.find("#notice")).isHidden();
      assertThat(visitor.find("#last")).isHidden();

      proxy.leave();
      visitor.awaitState("The connection is lost");
      proxy.comeBack();
      visitor.find("#again").click();
      visitor.awaitState("Connected");
      visitor.awaitPixel(200, 200, BLUE);
      visitor.page().keyboard().press("a");
      awaitSent(new Sent.Key(true, 'a', 0x1e));
    }
  }

  @Test
  void aDesktopThatDiesAndComesBackIsShownAgain() throws Exception {
    Visitor visitor = connected(site.link(false));
    site.desktop.paint(0x703070);
    site.desktop.hangUp();
    visitor.awaitPixel(200, 200, 0x703070);
    visitor.awaitState("Connected");
  }

  @Test
  void aVmThatHasFailedIsToldWithCauseAndRemedy() throws Exception {
    Visitor visitor = connected(site.link(false));
    site.fail("The kernel killed Xvnc: 96 MiB are too few.", "Give the VM 512 MiB.");
    site.desktop.hangUp();
    visitor.awaitState("The VM has failed");
    assertThat(visitor.find("#notice-cause")).containsText("The kernel killed Xvnc");
    assertThat(visitor.find("#notice-remedy")).containsText("Give the VM 512 MiB.");
    assertThat(visitor.find("#notice-command code")).hasText("visco diagnose " + site.vm);
    visitor.picture("failed");
  }

  @Test
  void aVmThatStartsIsWaitedFor() throws Exception {
    String link = site.link(false);
    site.settle(VmState.CREATING);
    site.desktop.close();
    Visitor visitor = visitor(chromium.visitor(1280, 800));
    visitor.open(link);
    visitor.awaitState("The VM is starting");
    assertThat(visitor.find("#notice-cause"))
        .hasText("Its desktop is shown as soon as it is there.");
  }

  @Test
  void aVmThatIsDestroyedWhileOpenIsTold() throws Exception {
    Visitor visitor = connected(site.link(false));
    site.settle(VmState.DESTROYED);
    site.desktop.hangUp();
    visitor.awaitState("The VM has been destroyed");
    assertThat(visitor.find("#notice-command code")).hasText("visco create --type browser");
  }

  @Test
  void everythingIsReachedByKeyboardAlone() throws Exception {
    Visitor visitor = connected(site.link(false));
    Page page = visitor.page();
    page.keyboard().press("Tab");
    awaitSent(new Sent.Key(true, 0xff09, 0x0f));
    page.keyboard().press("Control+Alt+Shift");
    Locator clipboard = visitor.find("[aria-controls=panel-clipboard]");
    assertThat(clipboard).isFocused();
    visitor.picture("focus");
    // Whoever leaves leaves no key behind.
    await().untilAsserted(() -> assertThat(held()).isEmpty());
    int before = keys().size();
    page.keyboard().press("Enter");
    assertThat(visitor.find("#panel-clipboard")).isVisible();
    assertThat(visitor.find("#clipboard-text")).isFocused();
    page.keyboard().press("Escape");
    assertThat(visitor.find("#panel-clipboard")).isHidden();
    assertThat(clipboard).isFocused();
    page.keyboard().press("ArrowRight");
    assertThat(visitor.find("[aria-controls=panel-keys]")).isFocused();
    page.keyboard().press("ArrowLeft");
    for (int tool = 0; tool < 6; tool++) {
      assertThat(page.evaluate("document.activeElement.closest('#tools') !== null"))
          .isEqualTo(true);
      page.keyboard().press("Tab");
    }
    assertThat(visitor.find("#screen canvas")).isFocused();
    assertThat(visitor.find("#leaving")).hasCSS("animation-name", "glance");
    assertThat(keys()).hasSize(before);
    page.keyboard().press("z");
    awaitSent(new Sent.Key(true, 'z', 0x2c));
    assertThat(visitor.find("#leaving")).hasCSS("animation-name", "none");
  }

  @Test
  void onlyWhoComesByKeyboardIsShownTheWayBack() throws Exception {
    Visitor visitor = connected(site.link(false));
    Locator canvas = visitor.find("#screen canvas");
    Locator hint = visitor.find("#leaving");
    // The page has given its desktop the keyboard by itself.
    assertThat(canvas).isFocused();
    assertThat(hint).hasCSS("animation-name", "none");
    assertThat(ring(visitor)).isEqualTo("none");

    visitor.find("#fold").focus();
    visitor.page().keyboard().press("Tab");
    assertThat(canvas).isFocused();
    assertThat(hint).hasCSS("animation-name", "glance");
    assertThat(ring(visitor)).contains("inset");
    canvas.click();
    assertThat(canvas).isFocused();
    assertThat(hint).hasCSS("animation-name", "none");
    assertThat(ring(visitor)).isEqualTo("none");

    panel(visitor, "help");
    canvas.click();
    assertThat(canvas).isFocused();
    assertThat(hint).hasCSS("animation-name", "none");
    assertThat(ring(visitor)).isEqualTo("none");
  }

  private static String ring(Visitor visitor) {
    return (String)
        visitor.find("#screen").evaluate("screen => getComputedStyle(screen, '::after').boxShadow");
  }

  /** Keys that are down for all the desktop knows. */
  private List<Integer> held() {
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

  @Test
  void theToolbarFoldsAndComesBack() throws Exception {
    Visitor visitor = connected(site.link(false));
    visitor.find("#fold").click();
    assertThat(visitor.find("#bar")).isHidden();
    await().until(() -> site.desktop.size().equals("1280x800"));
    visitor.picture("folded");
    visitor.find("#unfold").click();
    assertThat(visitor.find("#bar")).isVisible();
    assertThat(visitor.find("[aria-controls=panel-clipboard]")).isFocused();
  }

  @Test
  void aPhoneShowsItWholeAndTypesWithItsOwnKeyboard() throws Exception {
    Visitor visitor = connected(visitor(chromium.phone()), site.link(false));
    await().until(() -> site.desktop.size().equals("390x732"));
    assertThat(visitor.page().evaluate("document.documentElement.scrollWidth")).isEqualTo(390);
    for (Locator tool : visitor.find(".tool").all()) {
      assertThat(tool.boundingBox().height).isGreaterThanOrEqualTo(44);
      assertThat(tool.boundingBox().width).isGreaterThanOrEqualTo(36);
    }
    visitor.find("#screen canvas").tap();
    await()
        .until(() ->
            site.desktop.sent().stream()
                .anyMatch(it -> it instanceof Sent.Pointer pointer && pointer.buttons() == 1));
    visitor.find("[aria-controls=panel-keys]").tap();
    visitor.find("#keyboard").tap();
    assertThat(visitor.find("#typing")).isFocused();
    visitor.page().keyboard().insertText("é");
    awaitSent(new Sent.Key(true, 0xe9, 0), new Sent.Key(false, 0xe9, 0));
    visitor.page().keyboard().press("Backspace");
    awaitSent(new Sent.Key(true, 0xff08, 0x0e));
    visitor.find("[data-hold=ControlLeft]").tap();
    assertThat(visitor.find("[data-hold=ControlLeft]")).hasAttribute("aria-pressed", "true");
    assertThat(visitor.find("#typing")).isFocused();
    visitor.picture("phone-keys");
    visitor.page().keyboard().insertText("c");
    awaitSent(
        new Sent.Key(true, 0xffe3, 0x1d),
        new Sent.Key(true, 'c', 0),
        new Sent.Key(false, 'c', 0),
        new Sent.Key(false, 0xffe3, 0x1d));
    assertThat(visitor.find("[data-hold=ControlLeft]")).hasAttribute("aria-pressed", "false");
  }

  @Test
  void theDesktopTakesTheWindowsSizeUntilSomethingElseIsChosen() throws Exception {
    Visitor visitor = connected(site.link(false));
    await().until(() -> site.desktop.size().equals("1280x752"));
    visitor.page().setViewportSize(1000, 700);
    await().until(() -> site.desktop.size().equals("1000x652"));
    panel(visitor, "view");
    visitor.find("[value=scale]").check();
    visitor.find("#picture").selectOption("small");
    visitor.page().setViewportSize(640, 480);
    visitor
        .page()
        .waitForFunction("() => document.querySelector('#screen canvas').offsetWidth <= 640");
    assertThat(site.desktop.size()).isEqualTo("1000x652");
    visitor.page().reload();
    visitor.awaitState("Connected");
    panel(visitor, "view");
    assertThat(visitor.find("[value=scale]")).isChecked();
    assertThat(visitor.find("#picture")).hasValue("small");
    assertThat(site.desktop.size()).isEqualTo("1000x652");
  }

  @Test
  void twoLookAtOnce() throws Exception {
    Visitor one = connected(site.link(false));
    Visitor two = visitor(chromium.visitor(900, 700));
    two.open(site.link(true));
    two.awaitState("Connected, view only");
    await().until(() -> site.desktop.viewers() == 2);
    site.desktop.paint(0x306030);
    one.awaitPixel(200, 200, 0x306030);
    two.awaitPixel(200, 200, 0x306030);
    one.close();
    visitors.remove(one);
    await().until(() -> site.desktop.viewers() == 1);
  }

  @Test
  void itWorksBelowThePathOfAReverseProxy() throws Exception {
    try (var proxy = new PrefixProxy("/lab/visco", site.port())) {
      Visitor visitor = connected(site.link(proxy.base(), false));
      assertThat(visitor.requests())
          .allSatisfy(address -> assertThat(address).contains("/lab/visco/"))
          .anyMatch(address -> address.startsWith("ws:") && address.endsWith("/vnc"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void everyWordCanBeReadInLightAndDark(ColorScheme scheme) throws Exception {
    Visitor visitor = visitor(chromium.visitor(1280, 800));
    visitor.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
    visitor.open(site.page() + "#used");
    visitor.awaitState("This link has been used or has expired");
    for (String panel : List.of("clipboard", "keys", "view", "help")) {
      panel(visitor, panel);
      assertThat(visitor.page().evaluate(CONTRASTS))
          .as("text whose contrast is below 4.5 (WCAG 2.2, 1.4.3) with the panel " + panel)
          .isEqualTo(List.of());
      visitor.picture(scheme.name().toLowerCase(java.util.Locale.ROOT) + "-" + panel);
    }
  }

  /** Every visible text with too little contrast to the nearest background behind it. */
  private static final String CONTRASTS =
      """
      () => {
        const parts = (css) => css.match(/[\\d.]+/g).map(Number);
        const light = (css) => parts(css).slice(0, 3).map((it) => it / 255)
            .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)
            .reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
        const behind = (it) => {
          const [, , , opacity = 1] = parts(getComputedStyle(it).backgroundColor);
          return opacity > 0 ? getComputedStyle(it).backgroundColor : behind(it.parentElement);
        };
        return [...document.querySelectorAll('body *')]
            .filter((it) => it.checkVisibility() && !it.closest(':disabled')
                && [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
            .map((it) => {
              const [a, b] = [light(getComputedStyle(it).color), light(behind(it))].sort((x, y) => y - x);
              return [(a + 0.05) / (b + 0.05), it.textContent];
            })
            .filter(([ratio]) => ratio < 4.5)
            .map(([ratio, text]) => ratio.toFixed(2) + ' ' + text);
      }
      """;

  @Test
  void nothingMovesForWhoWantsItStill() {
    Visitor visitor = visitor(chromium.visitor(1280, 800));
    visitor
        .page()
        .emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
    visitor.open(site.page());
    visitor.page().evaluate("document.body.dataset.state = 'connecting'");
    assertThat(visitor.find("#spinner")).hasCSS("animation-name", "none");
  }
}
