package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lists that are answered again while nothing has changed. */
@Timeout(60)
class KeptListsTest {
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
  void theSameListIsNotReadAgainUntilSomethingChanges() throws Exception {
    api.create();
    api.create();
    api.vms.holdStill(true);
    ApiUnderTest.Answer first = api.get("/api/v1/vms?limit=1");
    String third = api.create(); // Unknown to whoever asks while the version is the same.
    ApiUnderTest.Answer again = api.get("/api/v1/vms?limit=1");
    assertThat(again.body()).isEqualTo(first.body()).doesNotContain(third);
    assertThat(again.next()).isEqualTo(first.next()).isNotEmpty();
    assertThat(again.header("Content-Type")).isEqualTo("application/json");
    assertThat(api.send("HEAD", "/api/v1/vms?limit=1", "").header("Content-Length"))
        .isEqualTo(Integer.toString(first.body().length()));
    api.vms.holdStill(false);
    assertThat(api.get("/api/v1/vms?limit=1").body()).contains(third);
  }

  @Test
  void anotherRequestAndAnotherCallerGetTheirOwn() throws Exception {
    String one = api.create();
    api.send("POST", "/api/vms", "{\"userId\":\"other\",\"vmType\":\"cli\"}");
    api.vms.holdStill(true);
    assertThat(api.get("/api/v1/vms").json().path("items")).hasSize(2);
    ApiUnderTest.Answer own =
        api.bare("GET", "/api/v1/vms", "", "Authorization", "Bearer " + ApiUnderTest.USERS_TOKEN);
    assertThat(own.json().path("items")).hasSize(1);
    assertThat(own.body()).contains(one);
    assertThat(api.get("/api/vms").json().isArray()).isTrue();
    assertThat(api.get("/api/v1/vms?limit=1").json().path("items")).hasSize(1);
    assertThat(api.get("/api/v1/vms?nothing=1").status()).isEqualTo(400);
    assertThat(api.bare("GET", "/api/v1/vms", "").status()).isEqualTo(401);
  }
}
