package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.api.http.AccessControl;
import dev.visco.api.http.Route;
import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every route: the token, problems, faults, and the port. */
@Timeout(60)
class ApiServerTest {
  @TempDir private Path folder;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    api =
        ApiUnderTest.start(
            folder,
            Route.open(
                "GET",
                "/open",
                exchange -> exchange.text(200, "text/plain; charset=utf-8", "open")));
  }

  @AfterEach
  void end() {
    api.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer visco-wrong", "Bearer ", "visco-good", "Basic dmlzY286Z29vZA=="})
  void aWrongTokenIsRefusedWithTheWayToTheRightOne(String authorization) throws Exception {
    assertUnauthorized(api.bare("GET", "/api/vms", "", "Authorization", authorization));
  }

  @Test
  void noTokenIsRefusedOnEveryRouteAndWhereThereIsNone() throws Exception {
    for (String path : List.of("/api/vms", "/api/vms/vm-00000001/console", "/api/unknown")) {
      assertUnauthorized(api.bare("GET", path, ""));
    }
    assertUnauthorized(api.bare("DELETE", "/api/vms", ""));
    assertThat(api.bare("GET", "/open", "").body()).isEqualTo("open");
  }

  private static void assertUnauthorized(Answer answer) {
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.field("type")).isEqualTo("urn:visco:problem:unauthorized");
    assertThat(answer.field("remedy")).contains("admin-token");
  }

  @Test
  void theWordBearerIsReadInAnyCase() throws Exception {
    assertThat(api.bare("GET", "/api/vms", "", "Authorization", "bearer visco-good").status())
        .isEqualTo(200);
  }

  @Test
  void anUnknownRouteIsNotFound() throws Exception {
    for (String path : List.of("/", "/api/vm", "/api/vms/vm-00000001/disk", "/api/vms/")) {
      Answer answer = api.get(path);
      assertThat(answer.status()).as(path).isEqualTo(404);
      assertThat(answer.field("type")).isEqualTo("urn:visco:problem:not-found");
      assertThat(answer.field("detail")).contains("\"" + path + "\"");
    }
  }

  @Test
  void aWrongMethodIsRefusedWithTheRightOnes() throws Exception {
    Answer answer = api.send("PUT", "/api/vms", "{}");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS, POST");
    assertThat(answer.field("remedy")).isEqualTo("Use GET or POST.");
  }

  @Test
  void aHostThatFailsIsQuoted() throws Exception {
    api.vms.fault = new HostFault("nft -f - ended with 1: Operation not permitted");
    Answer answer = api.get("/api/vms");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.field("type")).isEqualTo("urn:visco:problem:fault");
    assertThat(answer.field("detail")).isEqualTo("nft -f - ended with 1: Operation not permitted");
  }

  @Test
  void aHostThatIsBusySaysWhenToAskAgain() throws Exception {
    api.vms.fault = new Busy("There is no memory for the console of vm-1 now.");
    Answer answer = api.get("/api/vms");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isEqualTo("1");
    assertThat(answer.field("type")).isEqualTo("urn:visco:problem:busy");
    assertThat(answer.field("detail")).isEqualTo("There is no memory for the console of vm-1 now.");
  }

  @Test
  void aFaultOfOursIsNotShownButCanBeFoundInTheLog() throws Exception {
    api.vms.fault = new IllegalStateException("secret internals");
    Answer answer = api.get("/api/vms");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).doesNotContain("secret internals");
    assertThat(answer.field("remedy")).matches("The daemon's log tells more under [0-9a-f]{8}\\.");
  }

  @Test
  void anErrorOfOursIsAProblemDocumentToo() throws Exception {
    api.vms.error = new StackOverflowError();
    Answer answer = api.get("/api/vms");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.field("remedy")).contains("The daemon's log");
  }

  @Test
  void theServerNamesNoVersionAndNothingIsKept() throws Exception {
    Answer answer = api.get("/api/vms");
    assertThat(answer.header("Server")).isEmpty();
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }

  private ApiServer start(String host, int port) {
    return ApiServer.start(
        new ApiServer.ListenAddress(host, port, Set.of(), null),
        List.of(),
        AccessControl.of(ApiUnderTest.authenticator()),
        () -> {},
        () -> true);
  }

  @Test
  void aTakenPortIsRefusedWithTheWayToAnother() {
    assertThatThrownBy(() -> start("127.0.0.1", api.port()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("cannot listen on 127.0.0.1:" + api.port())
        .hasMessageContaining("VISCO_LISTEN");
  }

  @Test
  void anAddressThatIsNotThisHostsIsRefusedToo() {
    assertThatThrownBy(() -> start("192.0.2.1", 0))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("cannot listen on 192.0.2.1:0")
        .hasMessageContaining("192.0.2.1 is no address of this host, which has ")
        .hasMessageContaining("127.0.0.1")
        .hasMessageContaining("VISCO_LISTEN")
        .hasMessageNotContaining("End what listens there");
  }

  @Test
  void aNameThatNobodyKnowsIsRefusedAsThat() {
    assertThatThrownBy(() -> start("no-such-host.invalid", 0))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no name that this host can resolve")
        .hasMessageContaining("VISCO_LISTEN");
  }

  @Test
  void aClosedServerLeavesItsPort() {
    int port = api.port();
    api.close();
    start("127.0.0.1", port).close();
  }
}
