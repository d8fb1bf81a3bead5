package dev.visco.chromium;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.TimeoutError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Somebody who looks at a desktop's page, and everything that the page has asked of the network or
 * complained of meanwhile.
 */
public final class Visitor implements AutoCloseable {
  private static final Path PICTURES = Path.of("target/pictures");
  private final BrowserContext context;
  private final Page page;
  private final List<String> requests = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();

  Visitor(BrowserContext context) {
    this.context = context;
    context.addInitScript(
        "addEventListener('securitypolicyviolation', it =>"
            + " console.error('policy violated: ' + it.violatedDirective + ' ' + it.blockedURI))");
    page = context.newPage();
    page.onRequest(request -> requests.add(request.url()));
    page.onWebSocket(socket -> requests.add(socket.url()));
    page.onPageError(complaints::add);
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) {
        complaints.add(message.text());
      }
    });
  }

  public Page page() {
    return page;
  }

  public BrowserContext context() {
    return context;
  }

  /** Every address that the page has asked for. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Errors and warnings of the console, errors of scripts, and what the policy has refused. */
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  public void open(String link) {
    page.navigate(link);
  }

  public Locator find(String selector) {
    return page.locator(selector);
  }

  /**
   * Waits until the toolbar's words are these; longer than the page pauses between two tries. It
   * looks with each frame: Playwright's own assertion soon looks only once a second.
   */
  public void awaitState(String words) {
    try {
      page.waitForFunction(
          "words => document.getElementById('state')?.textContent === words",
          words,
          new Page.WaitForFunctionOptions().setTimeout(40_000));
    } catch (TimeoutError late) {
      assertThat(find("#state")).hasText(words);
    }
  }

  /** Waits until the desktop's picture has this colour, as 0xRRGGBB, at a place of the desktop. */
  public void awaitPixel(int x, int y, int rgb) {
    page.waitForFunction(
        "([x, y, rgb]) => { const canvas = document.querySelector('#screen canvas');"
            + " if (!canvas || canvas.width <= x || canvas.height <= y) return false;"
            // Read from a copy: Chromium complains of a picture that is read often.
            + " const copy = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});"
            + " copy.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);"
            + " const at = copy.getImageData(0, 0, 1, 1).data;"
            + " return (at[0] << 16 | at[1] << 8 | at[2]) === rgb; }",
        List.of(x, y, rgb));
  }

  /**
   * Where the desktop's picture has a colour, as 0xRRGGBB.
   *
   * @param pixels how many have it
   * @param x of the middle of all of them, in the desktop
   */
  public record Place(int pixels, double x, double y) {}

  /** Where the desktop's picture has a colour; no pixel does when nothing has it. */
  public Place place(int rgb) {
    var found =
        (List<?>)
            page.evaluate(
                "rgb => { const canvas = document.querySelector('#screen canvas');"
                    + " if (!canvas || !canvas.width) return [0, 0, 0];"
                    + " const copy = new OffscreenCanvas(canvas.width, canvas.height)"
                    + "   .getContext('2d', {willReadFrequently: true});"
                    + " copy.drawImage(canvas, 0, 0);"
                    + " const all = copy.getImageData(0, 0, canvas.width, canvas.height).data;"
                    + " let count = 0, left = 1e9, top = 1e9, right = 0, bottom = 0;"
                    + " for (let at = 0; at < all.length; at += 4) {"
                    + "   if ((all[at] << 16 | all[at + 1] << 8 | all[at + 2]) !== rgb) continue;"
                    + "   const x = at / 4 % canvas.width, y = Math.floor(at / 4 / canvas.width);"
                    + "   count++; left = Math.min(left, x); right = Math.max(right, x);"
                    + "   top = Math.min(top, y); bottom = Math.max(bottom, y); }"
                    + " return count ? [count, (left + right) / 2, (top + bottom) / 2] : [0, 0, 0]; }",
                rgb);
    return new Place(
        ((Number) found.get(0)).intValue(),
        ((Number) found.get(1)).doubleValue(),
        ((Number) found.get(2)).doubleValue());
  }

  /** Clicks on the desktop in the middle of what has a colour. */
  public void click(Place place) {
    find("#screen canvas")
        .click(new Locator.ClickOptions().setPosition(place.x() + 0.5, place.y() + 0.5));
  }

  /** What the window shows, kept for people to look at. */
  public void picture(String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
  }

  @Override
  public void close() {
    context.close();
  }
}
