package dev.visco.chromium;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Debian's Chromium without a window ({@code ./visco packages --for-tests} brings it), driven by
 * Playwright, which would otherwise download one of its own. Both live on the thread that started
 * them.
 */
public final class Chromium implements AutoCloseable {
  private final Playwright playwright;
  private final Browser browser;

  private Chromium(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  public static Chromium start() {
    return start(Map.of());
  }

  /**
   * One that looks for hosts elsewhere than all others do.
   *
   * @param hosts names, with the addresses at which it looks for them
   */
  public static Chromium start(Map<String, String> hosts) {
    var arguments = new ArrayList<>(List.of("--disable-dev-shm-usage", "--disable-gpu"));
    if (!hosts.isEmpty()) {
      arguments.add(
          hosts.entrySet().stream()
              .map(host -> "MAP " + host.getKey() + " " + host.getValue())
              .collect(Collectors.joining(",", "--host-resolver-rules=", "")));
    }
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(
                    Map.of(
                        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                        "1",
                        "PLAYWRIGHT_SKIP_VALIDATE_HOST_REQUIREMENTS",
                        "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(Path.of("/usr/bin/chromium"))
                    .setArgs(arguments));
    return new Chromium(playwright, browser);
  }

  /** A browser of one user, with a window of this size and nothing of any other's. */
  public Visitor visitor(int width, int height) {
    return visitor(new Browser.NewContextOptions().setViewportSize(width, height));
  }

  /** The same on a phone: small, with a finger instead of a mouse. */
  public Visitor phone() {
    return visitor(
        new Browser.NewContextOptions()
            .setViewportSize(390, 780)
            .setDeviceScaleFactor(2)
            .setIsMobile(true)
            .setHasTouch(true));
  }

  public Visitor visitor(Browser.NewContextOptions options) {
    BrowserContext context = browser.newContext(options);
    context.setDefaultTimeout(20_000);
    return new Visitor(context);
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
