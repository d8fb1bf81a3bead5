package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code /api/v1} beside {@code /api}: the same routes, and lists that have room for a cursor. */
@Timeout(60)
class VersionedApiTest {
  @TempDir private Path folder;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    api = ApiUnderTest.start(folder);
  }

  @AfterEach
  void end() {
    api.close();
  }

  @Test
  void aVmIsTheSameOnBothPaths() throws Exception {
    ApiUnderTest.Answer made =
        api.send("POST", "/api/v1/vms", "{\"userId\":\"u\",\"vmType\":\"cli\"}");
    assertThat(made.status()).isEqualTo(202);
    assertThat(made.header("Location")).isEqualTo("/api/v1/vms/" + made.field("vmId"));
    String id = made.field("vmId");
    assertThat(api.get("/api/v1/vms/" + id).body()).isEqualTo(api.get("/api/vms/" + id).body());
    assertThat(api.send("HEAD", "/api/v1/vms/" + id, "").status()).isEqualTo(200);
    assertThat(api.send("POST", "/api/v1/vms/" + id, "").header("Allow"))
        .isEqualTo("DELETE, GET, HEAD, OPTIONS, PATCH");
    assertThat(api.bare("GET", "/api/v1/vms/" + id, "").status()).isEqualTo(401);
    assertThat(api.get("/api/v2/vms").status()).isEqualTo(404);
    assertThat(api.get("/api/v1vms").status()).isEqualTo(404);
  }

  @Test
  void aListIsAnObjectWithItsNextPage() throws Exception {
    var made = new ArrayList<String>();
    for (int at = 0; at < 5; at++) {
      made.addFirst(api.create());
    }
    var found = new ArrayList<String>();
    String cursor = "";
    int pages = 0;
    do {
      JsonNode page =
          api.get("/api/v1/vms?limit=2" + (cursor.isEmpty() ? "" : "&cursor=" + cursor)).json();
      page.path("items").forEach(vm -> found.add(vm.path("vmId").asString()));
      cursor = page.path("next").asString("");
      pages++;
    } while (!cursor.isEmpty());
    assertThat(found).isEqualTo(made);
    assertThat(pages).isEqualTo(3);
    assertThat(api.get("/api/vms").json().isArray()).isTrue();
  }

  /** Whoever follows links comes to the same pages. */
  @Test
  void theLinkLeadsToTheNextPageToo() throws Exception {
    String first = api.create();
    api.create();
    ApiUnderTest.Answer page = api.get("/api/v1/vms?limit=1&user=u");
    assertThat(page.next()).startsWith("/api/v1/vms?").contains("user=u").contains("cursor=");
    JsonNode second = api.get(page.next()).json();
    assertThat(second.path("items").path(0).path("vmId").asString()).isEqualTo(first);
    assertThat(second.path("next").isNull()).isTrue();
  }

  @Test
  void aCursorThatNobodyGaveIsRefused() throws Exception {
    for (String cursor : List.of("x", "%21", "dm0tMQ")) {
      ApiUnderTest.Answer answer = api.get("/api/v1/vms?cursor=" + cursor);
      assertThat(answer.status()).as(cursor).isEqualTo(400);
      assertThat(answer.field("field")).isEqualTo("cursor");
    }
    ApiUnderTest.Answer old = api.get("/api/v1/vms?before=vm-00000001");
    assertThat(old.status()).isEqualTo(400);
    assertThat(old.field("remedy")).contains("cursor").doesNotContain("before");
    assertThat(api.get("/api/vms?cursor=x").status()).isEqualTo(400);
  }

  @Test
  void theListOfRoutesHasThePathsThatWereCalled() throws Exception {
    JsonNode all = api.get("/api/v1").json();
    assertThat(all.path("items").findValuesAsString("path"))
        .contains("/api/v1/vms/{id}", "/api/v1", "/openapi.json")
        .doesNotContain("/api/vms/{id}");
    assertThat(api.get("/api").json().findValuesAsString("path"))
        .contains("/api/vms/{id}", "/api")
        .doesNotContain("/api/v1");
  }

  @Test
  void theDescriptionIsThereForEverybody() throws Exception {
    ApiUnderTest.Answer answer = api.bare("GET", "/openapi.json", "");
    assertThat(answer.status()).isEqualTo(200);
    JsonNode list = answer.json().path("paths").path("/api/v1/vms").path("get");
    assertThat(list.path("operationId").asString()).isEqualTo("listVms");
    assertThat(list.path("parameters").findValuesAsString("name"))
        .containsExactly("all", "user", "type", "state", "label", "name", "limit", "cursor");
  }
}
