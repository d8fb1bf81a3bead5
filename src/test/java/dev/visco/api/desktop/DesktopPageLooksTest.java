package dev.visco.api.desktop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.visco.api.desktop.ScriptedDesktop.Sent;
import dev.visco.chromium.Visitor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How the page is seen and reached: by keyboard, on a phone, in each light. */
@Timeout(120)
class DesktopPageLooksTest extends DesktopPageSite {
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
