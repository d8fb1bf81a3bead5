package dev.visco.api.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.chromium.Chromium;
import dev.visco.chromium.Visitor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page that shows the description of the API, in a browser. */
@Timeout(120)
class DocsPageTest {
  @TempDir private Path folder;

  @Test
  void itShowsEveryRouteAndAsksNobodyElse() {
    try (ApiUnderTest api = ApiUnderTest.start(folder);
        Chromium chromium = Chromium.start();
        Visitor visitor = chromium.visitor(1000, 900)) {
      visitor.open("http://" + api.address() + "/docs#createVm");
      assertThat(visitor.find("#createVm")).isVisible();
      assertThat(visitor.find("#createVm")).hasAttribute("open", "");
      assertThat(visitor.find("#createVm pre").first()).containsText("vmType");
      assertThat(visitor.find("#execSocket summary")).containsText("WS");
      assertThat(visitor.find("#listVms")).containsText("/api/v1/vms");
      visitor.picture("docs");
      visitor.find("#find").fill("idempot-nothing");
      assertThat(visitor.find("#createVm")).isHidden();
      visitor.find("#find").fill("CONSOLE");
      assertThat(visitor.find("#readConsole")).isVisible();
      assertThat(visitor.complaints()).isEmpty();
      assertThat(visitor.requests())
          .isNotEmpty()
          .allMatch(request -> request.startsWith("http://" + api.address() + "/"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs.css", "docs.js", "schemas.js"})
  void itsFilesAreServed(String name) throws Exception {
    try (ApiUnderTest api = ApiUnderTest.start(folder)) {
      String page = api.bare("GET", "/docs", "").body();
      List<String> links =
          PagesTest.LINKS.matcher(page).results().map(found -> found.group(1)).toList();
      assertThat(links)
          .anyMatch(link -> link.endsWith("/" + name))
          .noneMatch(one -> one.contains("novnc"));
      for (String link : links) {
        if (!link.equals("openapi.json")) {
          assertThat(api.bare("GET", "/" + link, "").status()).as(link).isEqualTo(200);
        }
      }
      assertThat(api.bare("POST", "/docs", "").status()).isEqualTo(405);
    }
  }
}
