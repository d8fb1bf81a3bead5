package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.settings.WebOrigins;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages of named origins may call the API, or show desktops; those of others nothing. */
@Timeout(60)
class CrossOriginTest {
  private static final String APP = "https://app.example";
  private static final String DESK = "https://desk.example";
  private static final String VM = "/api/v1/vms/vm-00000001";
  @TempDir private Path folder;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    api = ApiUnderTest.start(folder, new WebOrigins(Set.of(APP), Set.of(DESK)));
  }

  @AfterEach
  void end() {
    api.close();
  }

  private Answer preflight(String origin, String path) throws Exception {
    return api.bare(
        "OPTIONS",
        path,
        "",
        "Origin",
        origin,
        "Access-Control-Request-Method",
        "PATCH",
        "Access-Control-Request-Headers",
        "authorization");
  }

  @Test
  void aNamedOriginIsToldWhatItMaySendWithoutAToken() throws Exception {
    Answer answer = preflight(APP, VM);
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(APP);
    assertThat(answer.header("Access-Control-Allow-Methods")).contains("PATCH", "DELETE");
    assertThat(answer.header("Access-Control-Allow-Headers")).contains("Authorization", "If-Match");
    assertThat(answer.header("Access-Control-Allow-Credentials")).isEmpty();
    assertThat(answer.header("Vary")).contains("Origin");
  }

  @Test
  void itReadsAnswersAndRefusals() throws Exception {
    Answer found = api.send("GET", "/api/v1/vms", "", "Origin", APP);
    assertThat(found.status()).isEqualTo(200);
    assertThat(found.header("Access-Control-Allow-Origin")).isEqualTo(APP);
    assertThat(found.header("Access-Control-Expose-Headers")).contains("ETag", "Location");
    Answer refused = api.send("GET", "/api/v1/vms?colour=red", "", "Origin", APP);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.header("Access-Control-Allow-Origin")).isEqualTo(APP);
    Answer unknown = api.bare("GET", "/api/v1/vms", "", "Origin", APP);
    assertThat(unknown.status()).isEqualTo(401);
    assertThat(unknown.header("Access-Control-Allow-Origin")).isEqualTo(APP);
  }

  @Test
  void anyOtherOriginIsRefusedAndTold() throws Exception {
    for (String origin : new String[] {"https://evil.example", "http://app.example", "null"}) {
      Answer answer = api.send("GET", "/api/v1/vms", "", "Origin", origin);
      assertThat(answer.status()).as(origin).isEqualTo(403);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
      assertThat(answer.field("remedy")).contains("api.cors-origins (VISCO_CORS_ORIGINS)");
      assertThat(preflight(origin, VM).status()).isEqualTo(403);
    }
  }

  @Test
  void anOriginThatMayShowDesktopsCallsWhatIsTheirs() throws Exception {
    for (String path : new String[] {"/tickets", "/page-keys", "/desktop", "/vnc"}) {
      assertThat(preflight(DESK, VM + path).status()).as(path).isEqualTo(204);
    }
    assertThat(preflight(DESK, "/api/vms/vm-00000001/desktop").status()).isEqualTo(204);
    for (String path : new String[] {VM, VM + "/exec", "/api/v1/vms", VM + "/desktop/x"}) {
      assertThat(preflight(DESK, path).status()).as(path).isEqualTo(403);
    }
  }

  @Test
  void itMayShowTheDesktopsPageInAFrameAndNoOtherPage() throws Exception {
    Answer desktop = api.bare("GET", "/vms/vm-00000001/desktop", "");
    assertThat(desktop.header("Content-Security-Policy")).contains("frame-ancestors " + DESK + ";");
    Answer docs = api.bare("GET", "/docs", "");
    assertThat(docs.header("Content-Security-Policy")).contains("frame-ancestors 'none';");
  }
}
