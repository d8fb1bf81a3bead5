package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ETag and If-Match of VMs, with the real engine behind the API. */
@Timeout(60)
class ConditionalChangesTest {
  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;
  private String id;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder);
    HttpResponse<String> made =
        call("POST", "/api/v1/vms?wait=ready", "{\"userId\":\"u\",\"vmType\":\"cli\"}");
    id = Json.read(made.body(), tools.jackson.databind.JsonNode.class).path("vmId").asString();
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private HttpResponse<String> call(String method, String path, String body, String... headers)
      throws Exception {
    return daemon.call(daemon.adminToken(), method, path, body, headers);
  }

  private String tag() throws Exception {
    return call("GET", "/api/v1/vms/" + id, "").headers().firstValue("ETag").orElseThrow();
  }

  @Test
  void aChangeOfWhatWasSeenIsMade() throws Exception {
    String seen = tag();
    assertThat(seen).matches("\"\\d+\"");
    HttpResponse<String> changed =
        call("PATCH", "/api/v1/vms/" + id, "{\"ttl\":\"5h\"}", "If-Match", seen);
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    assertThat(changed.headers().firstValue("ETag")).hasValue(tag());
    assertThat(tag()).isNotEqualTo(seen);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PATCH | | {\"ttl\":\"5h\"}",
        "PATCH | | {\"restart\":\"always\"}",
        "DELETE | |",
        "POST | /stop | {}",
        "POST | /kill |",
        "POST | /restart | {}",
        "POST | /rebuild | {}",
      })
  void aChangeOfWhatHasChangedSinceIsRefused(String method, String verb, String body)
      throws Exception {
    String seen = tag();
    String path = "/api/v1/vms/" + id;
    assertThat(call("PATCH", path, "{\"ttl\":\"2h\"}").statusCode()).isEqualTo(200);
    String before = call("GET", path, "").body();
    HttpResponse<String> refused =
        call(method, path + (verb == null ? "" : verb), body == null ? "" : body, "If-Match", seen);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(412);
    assertThat(refused.body()).contains("urn:visco:problem:outdated").contains("revision");
    assertThat(call("GET", path, "").body()).as("nothing was done").isEqualTo(before);
  }

  @Test
  void anyOfSeveralTagsIsEnoughAndAStarIsAny() throws Exception {
    String path = "/api/v1/vms/" + id;
    String both = "\"0\", " + tag();
    assertThat(call("PATCH", path, "{\"ttl\":\"2h\"}", "If-Match", both).statusCode())
        .isEqualTo(200);
    assertThat(call("PATCH", path, "{\"ttl\":\"3h\"}", "If-Match", "*").statusCode())
        .isEqualTo(200);
    assertThat(call("PATCH", path, "{\"ttl\":\"3h\"}", "If-Match", "\"x\"").statusCode())
        .isEqualTo(412);
    HttpResponse<String> none = call("PATCH", path, "{\"ttl\":\"3h\"}", "If-Match", "12");
    assertThat(none.statusCode()).isEqualTo(400);
    assertThat(none.body()).contains("If-Match");
  }
}
