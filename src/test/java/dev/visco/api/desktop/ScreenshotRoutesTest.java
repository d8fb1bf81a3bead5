package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.api.http.Route;
import dev.visco.lifecycle.boot.DesktopProbe.DesktopFindings;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.DesktopFacts.ProbeStage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScreenshotRoutesTest {
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 0, -1};
  private static final DesktopFindings SEEN =
      new DesktopFindings(
          new DesktopFacts(
              101, "RFB 003.008", new DesktopFacts.Frame(2, 1, 2), ProbeStage.SEEN, null),
          PNG);
  private static final DesktopFindings CLOSED =
      new DesktopFindings(
          new DesktopFacts(101, null, null, ProbeStage.PORT_CLOSED, "port 5900: refused"), null);

  @TempDir Path folder;

  private ApiUnderTest api(DesktopFindings findings) {
    return ApiUnderTest.start(
        folder, new ScreenshotRoutes(id -> findings).routes().toArray(Route[]::new));
  }

  @Test
  void givesThePictureAsItIs() throws Exception {
    try (ApiUnderTest api = api(SEEN);
        HttpClient client = HttpClient.newHttpClient()) {
      String id = api.create();
      var request =
          HttpRequest.newBuilder(
                  URI.create("http://" + api.address() + "/api/vms/" + id + "/desktop.png"))
              .header("Authorization", "Bearer " + ApiUnderTest.TOKEN)
              .build();
      HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(PNG);
      assertThat(answer.headers().firstValue("Content-Type")).hasValue("image/png");
      assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    }
  }

  @Test
  void takesTheToken() throws Exception {
    try (ApiUnderTest api = api(SEEN)) {
      assertThat(api.bare("GET", "/api/vms/vm-00000001/desktop.png", "").status()).isEqualTo(401);
    }
  }

  @Test
  void whatCannotBeSeenIsToldWithItsReason() throws Exception {
    try (ApiUnderTest api = api(CLOSED)) {
      var answer = api.get("/api/vms/vm-00000001/desktop.png");
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.field("detail")).contains("port 5900: refused");
    }
  }

  @Test
  void aRefusalIsOne() throws Exception {
    Route route =
        new ScreenshotRoutes(
                id -> {
                  throw new Refused(
                      new Refusal.NotFound("desktop of the VM", id.value(), "Create one."));
                })
            .routes()
            .getFirst();
    try (ApiUnderTest api = ApiUnderTest.start(folder, route)) {
      assertThat(api.get("/api/vms/vm-00000001/desktop.png").status()).isEqualTo(404);
      assertThat(api.get("/api/vms/nobodys-name/desktop.png").status()).isEqualTo(404);
    }
  }
}
