package dev.visco.api.desktop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.api.PrefixProxy;
import dev.visco.api.desktop.ScriptedDesktop.Sent;
import dev.visco.chromium.Visitor;
import dev.visco.model.VmState;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links, connections, and what the page tells of its VM. */
@Timeout(120)
class DesktopPageTest extends DesktopPageSite {
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
}
