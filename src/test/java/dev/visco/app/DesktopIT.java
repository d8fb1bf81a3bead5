package dev.visco.app;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import dev.visco.chromium.Chromium;
import dev.visco.chromium.Visitor;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A user at the desktop of a browser VM, in Chromium: what is typed, copied and resized here is
 * what happens in the guest. One VM for all, since a desktop under software emulation takes its
 * time; so the tests are in an order, and the last one destroys it.
 */
@ExtendWith(OuterNetwork.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DesktopIT {
  /** The background of the page that the guest's browser starts with: welcome.html. */
  private static final int WELCOME = 0xf4f6f8;

  /** A guest's browser under software emulation, on a loaded host. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** When what was typed is taken for lost; a page is asked for sooner than that. */
  private static final Duration RETRY = Duration.ofSeconds(8);

  private ViscoUnderTest visco;
  private Chromium chromium;
  private Visitor user;
  private String vm = "";

  @BeforeAll
  void openADesktop(OuterNetwork outside) throws IOException {
    // A port that stays the same when the daemon is started anew, as in any real installation.
    visco = ViscoUnderTest.withImages(Map.of("VISCO_LISTEN", "127.0.0.1:3000")).up();
    vm = visco.create("--type", "browser");
    chromium = Chromium.start();
    user = chromium.visitor(1280, 848);
    user.context().setDefaultTimeout(PATIENCE.toMillis());
    user.open(link());
    user.awaitState("Connected");
    user.awaitPixel(900, 500, WELCOME);
  }

  @AfterAll
  void end() {
    if (chromium != null) {
      chromium.close();
    }
    if (visco != null) {
      visco.close();
    }
  }

  /** What was seen last, of a test that fails as well. */
  @AfterEach
  void picture(TestInfo test) {
    user.picture("guest-after-" + test.getTestMethod().orElseThrow().getName());
  }

  private String link(String... options) {
    var arguments = new ArrayList<>(List.of("open", "--print", vm));
    arguments.addAll(List.of(options));
    return visco.ok(arguments.toArray(String[]::new)).strip();
  }

  /** A page of one colour, and where it is. */
  private static String serve(OuterNetwork outside, String name, int rgb) throws IOException {
    outside.serve(
        name,
        "<!DOCTYPE html><html><body style=\"background:#%06x\"><h1>%s</h1></body></html>"
            .formatted(rgb, name));
    return "http://" + OuterNetwork.WEB + "/" + name;
  }

  /** Writes an address into the guest's browser as a person does. */
  private static void write(Visitor visitor, String address) {
    visitor.find("#screen canvas").click();
    Keyboard keyboard = visitor.page().keyboard();
    keyboard.press("Control+l");
    keyboard.type(address, new Keyboard.TypeOptions().setDelay(20));
    keyboard.press("Enter");
  }

  /** Writes it until the guest's browser has asked for it. */
  private void go(OuterNetwork outside, String address) {
    String asked = "GET " + address.substring(("http://" + OuterNetwork.WEB).length()) + " ";
    again(() -> write(user, address), () -> outside.hasPassed(asked));
  }

  /**
   * Does what a person does who sees that it did not help: the same again. Nothing tells from
   * outside when a guest's browser has got over a click and takes keys again, and a guest that is
   * late with a key's release repeats the key.
   */
  private static void again(Runnable attempt, Callable<Boolean> hasHelped) {
    var last = new AtomicLong(System.nanoTime() - RETRY.toNanos());
    Awaitility.await()
        .pollInSameThread()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          if (hasHelped.call()) {
            return true;
          }
          if (System.nanoTime() - last.get() >= RETRY.toNanos()) {
            attempt.run();
            last.set(System.nanoTime());
          }
          return hasHelped.call();
        });
  }

  @Test
  @Order(1)
  void whatIsTypedHereTheGuestsBrowserOpens(OuterNetwork outside) throws Exception {
    // Nobody has come by keyboard, so the picture is all the guest's.
    assertThat(user.find("#leaving")).hasCSS("animation-name", "none");
    user.picture("guest-welcome");
    String address = serve(outside, "typed.html", 0x1f7a4d);
    assertThat(outside.hasPassed("GET /typed.html")).isFalse();
    go(outside, address);
    user.awaitPixel(900, 500, 0x1f7a4d);
    assertThat(outside.hasPassed("GET /typed.html")).isTrue();
    user.picture("guest-typed");
  }

  @Test
  @Order(2)
  void aCharacterThatTheGuestsKeyboardLacksIsTypedAllTheSame(OuterNetwork outside)
      throws Exception {
    again(this::writeGreen, () -> outside.hasPassed("GET /gr%C3%BCn.html "));
  }

  private void writeGreen() {
    user.find("#screen canvas").click();
    user.page().keyboard().press("Control+l");
    user.page().keyboard().type("http://" + OuterNetwork.WEB + "/gr");
    user.find("#screen canvas")
        .evaluate(
            "it => { for (const type of ['keydown', 'keyup'])"
                + " it.dispatchEvent(new KeyboardEvent(type, {key: 'ü', code: 'BracketLeft'})); }");
    user.page().keyboard().type("n.html");
    user.page().keyboard().press("Enter");
  }

  @Test
  @Order(3)
  void textGoesFromClipboardToClipboardBothWays(OuterNetwork outside) throws Exception {
    String address = serve(outside, "pasted.html", 0x7a3b8f);
    user.find("[aria-controls=panel-clipboard]").click();
    user.find("#clipboard-text").fill(address);
    user.find("#clipboard-send").click();
    user.find("#screen canvas").click();
    // What is pasted comes from here, when the guest asks for it: Enter must not be there sooner.
    Awaitility.await()
        .pollInSameThread()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .pollDelay(Duration.ZERO)
        .until(() -> {
          user.page().keyboard().press("Enter");
          user.page().keyboard().press("Control+l");
          user.page().keyboard().press("Control+v");
          return outside.hasPassed("GET /pasted.html ");
        });
    user.awaitPixel(900, 500, 0x7a3b8f);

    String copied = "http://" + OuterNetwork.WEB + "/copied-" + System.nanoTime();
    go(outside, copied);
    again(
        () -> {
          user.page().keyboard().press("Control+l");
          user.page().keyboard().press("Control+a");
          user.page().keyboard().press("Control+c");
        },
        () -> user.find("#clipboard-text").inputValue().equals(copied));
    user.find("[aria-controls=panel-clipboard]").click();
    assertThat(user.find("#clipboard-text")).isVisible();
    user.picture("guest-copied");
    user.page().keyboard().press("Escape");
  }

  @Test
  @Order(4)
  void theGuestTakesTheWindowsSize() {
    user.page().setViewportSize(1000, 700);
    awaitSize(user, "1000x652");
    // Whoever comes now is told the size by the guest itself.
    Visitor other = chromium.visitor(1280, 848);
    other.page().addInitScript("localStorage.setItem('visco.view', '{\"size\":\"scale\"}')");
    other.open(link());
    other.awaitState("Connected");
    awaitSize(other, "1000x652");
    other.close();
    user.page().setViewportSize(1280, 848);
    awaitSize(user, "1280x800");
  }

  private static void awaitSize(Visitor visitor, String size) {
    visitor
        .page()
        .waitForFunction(
            "size => { const it = document.querySelector('#screen canvas');"
                + " return it && it.width + 'x' + it.height === size; }",
            size);
  }

  @Test
  @Order(5)
  void twoSeeTheSameAndWhoMayOnlyLookChangesNothing(OuterNetwork outside) throws Exception {
    serve(outside, "never.html", 0x000000);
    Visitor looker = chromium.visitor(900, 700);
    looker.open(link("--view-only"));
    looker.awaitState("Connected, view only");
    write(looker, "http://" + OuterNetwork.WEB + "/never.html");
    go(outside, serve(outside, "shared.html", 0xb5651d));
    user.awaitPixel(900, 500, 0xb5651d);
    looker.awaitPixel(900, 500, 0xb5651d);
    looker.picture("guest-view-only");
    assertThat(outside.hasPassed("never.html")).isFalse();
    looker.close();
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(visco.request("GET", "/api/vms/" + vm + "/views").toString())
                .contains("\"viewOnly\":true", "\"viewOnly\":false"));
  }

  @Test
  @Order(6)
  void thePageConnectsAnewWhenTheDaemonIsBack(OuterNetwork outside) throws Exception {
    visco.killDaemon();
    user.awaitState("The connection is lost");
    user.picture("guest-lost");
    visco.ok("up", "--no-vm");
    user.awaitState("Connected");
    user.awaitPixel(900, 500, 0xb5651d);
    go(outside, serve(outside, "again.html", 0x2a5d9f));
    user.awaitPixel(900, 500, 0x2a5d9f);
  }

  @Test
  @Order(7)
  void aVmThatIsDestroyedWhileOpenIsTold() {
    visco.ok("rm", vm);
    user.awaitState("The VM has been destroyed");
    user.picture("guest-destroyed");
    assertThat(user.requests())
        .allSatisfy(address -> assertThat(address).matches("(http|ws)://127\\.0\\.0\\.1:3000/.*"));
    assertThat(List.copyOf(user.complaints()))
        .noneMatch(complaint -> complaint.contains("policy violated"));
  }
}
