package dev.visco.api.desktop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Mouse;
import dev.visco.api.desktop.ScriptedDesktop.Sent;
import dev.visco.chromium.Visitor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a user types, points at and copies on the page, and whether it may arrive. */
@Timeout(120)
class DesktopPageInputTest extends DesktopPageSite {
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
}
