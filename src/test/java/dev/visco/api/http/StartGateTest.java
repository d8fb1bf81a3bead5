package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiServer;
import dev.visco.api.ApiUnderTest;
import dev.visco.api.FakeVms;
import dev.visco.api.VmRoutes;
import dev.visco.delivery.ToolCredentials;
import dev.visco.wire.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is answered while the daemon takes up what an earlier one left. */
@Timeout(60)
class StartGateTest {
  @TempDir private Path folder;
  private final AtomicBoolean isStarted = new AtomicBoolean();

  private HttpResponse<String> send(HttpClient client, int port, String method, String path)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("Authorization", "Bearer " + ApiUnderTest.TOKEN)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void nothingButHealthIsAnsweredUntilRecoveryIsDone() throws Exception {
    var vms = new FakeVms(folder);
    var routes =
        new java.util.ArrayList<>(
            new VmRoutes(
                    vms,
                    ApiUnderTest.egress(),
                    ToolCredentials.NONE,
                    ApiUnderTest.execs(),
                    ApiUnderTest.keys())
                .routes());
    routes.add(Route.open("GET", "/health", exchange -> exchange.json(503, List.of("starting"))));
    var address = new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null);
    try (var server =
            ApiServer.start(
                address,
                routes,
                AccessControl.of(ApiUnderTest.authenticator()),
                () -> {},
                isStarted::get);
        var client = HttpClient.newHttpClient()) {
      for (String path :
          List.of("/api/vms", "/api/vms/vm-00000000/snapshots", "/vms/vm-00000000/desktop", "/x")) {
        for (String method : List.of("GET", "POST", "DELETE")) {
          HttpResponse<String> answer = send(client, server.port(), method, path);
          assertThat(answer.statusCode()).as(method + " " + path).isEqualTo(503);
          assertThat(answer.headers().firstValue("Retry-After")).contains("1");
          assertThat(answer.headers().firstValue("Content-Type"))
              .contains("application/problem+json");
          JsonNode problem = Json.read(answer.body(), JsonNode.class);
          assertThat(problem.path("type").asString()).isEqualTo("urn:visco:problem:starting");
          assertThat(problem.path("remedy").asString()).isNotEmpty();
        }
      }
      assertThat(vms.list(true)).as("nothing was begun").isEmpty();
      assertThat(send(client, server.port(), "GET", "/health").body()).contains("starting");
      isStarted.set(true);
      assertThat(send(client, server.port(), "GET", "/api/vms").statusCode()).isEqualTo(200);
    }
  }
}
