package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.visco.wire.Json;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A program is told of what happens, and sees by the signature that it is true. */
@Timeout(120)
class WebhooksTest {
  /** A request as its receiver has it. */
  private record Received(String id, String timestamp, String signature, String body) {
    JsonNode json() {
      return Json.read(body, JsonNode.class);
    }
  }

  @TempDir private Path folder;
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private volatile int status = 204;
  private HttpServer receiver;
  private FakeMachinesDaemon daemon;

  @BeforeEach
  void start() throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/hook",
        exchange -> {
          try (exchange) {
            var headers = exchange.getRequestHeaders();
            received.add(
                new Received(
                    headers.getFirst("webhook-id"),
                    headers.getFirst("webhook-timestamp"),
                    headers.getFirst("webhook-signature"),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.sendResponseHeaders(status, -1);
          }
        });
    receiver.start();
    daemon = FakeMachinesDaemon.start(folder.resolve("host"));
  }

  @AfterEach
  void end() {
    daemon.close();
    receiver.stop(0);
  }

  private String url() {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
  }

  private String run(String... arguments) {
    FakeMachinesDaemon.Said said = daemon.run(arguments);
    assertThat(said.code()).as(said.out() + said.err()).isZero();
    return said.out();
  }

  /** What a receiver does, written here without a line of the sender's. */
  private static String signature(String secret, Received one) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(
        new SecretKeySpec(Base64.getDecoder().decode(secret.replace("whsec_", "")), "HmacSHA256"));
    byte[] hash =
        mac.doFinal(
            (one.id() + "." + one.timestamp() + "." + one.body()).getBytes(StandardCharsets.UTF_8));
    return "v1," + Base64.getEncoder().encodeToString(hash);
  }

  @Test
  void aReceiverIsToldOfAUserAndItsVmAndChecksTheSignature() throws Exception {
    String[] made =
        run("webhook", "create", url(), "--kind", "user,vm-ready").strip().split(" +", -1);
    String id = made[0];
    String secret = made[1];
    run("user", "create", "alice");
    String vm = "{\"userId\":\"alice\",\"vmType\":\"cli\"}";
    assertThat(daemon.call(daemon.adminToken(), "POST", "/api/vms?wait=ready", vm).statusCode())
        .isEqualTo(200);
    Awaitility.await().until(() -> received.size() >= 2);
    assertThat(received)
        .extracting(one -> one.json().path("type").asString())
        .containsExactly("user-created", "vm-ready");
    for (Received one : received) {
      assertThat(one.signature()).isEqualTo(signature(secret, one));
    }
    assertThat(received.getFirst().json().path("data").path("user").asString()).isEqualTo("alice");
    Awaitility.await()
        .until(() -> run("webhook", "deliveries", id, "--state", "delivered").lines().count() == 3);
    assertThat(run("webhook", "ls")).contains(id, "active", url()).doesNotContain(secret);
    assertThat(run("webhook", "test", id)).isEqualTo("it answered 204\n");
    assertThat(received.getLast().json().path("type").asString()).isEqualTo("webhook-test");
    assertThat(received.getLast().signature()).isEqualTo(signature(secret, received.getLast()));
    status = 500;
    FakeMachinesDaemon.Said failed = daemon.run("webhook", "test", id);
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.out()).isEqualTo("it did not arrive: answered 500\n");
    run("user", "create", "bob");
    Awaitility.await().until(() -> run("webhook", "deliveries", id).contains("answered 500"));
    assertThat(run("webhook", "ls")).doesNotContain(" -  all");
    run("webhook", "enable", id);
    run("webhook", "rm", id);
    assertThat(daemon.run("webhook", "deliveries", id).code()).isEqualTo(4);
    assertThat(daemon.run("webhook", "rm", id).code()).isEqualTo(4);
    assertThat(daemon.run("webhook", "test", id).code()).isEqualTo(4);
    assertThat(daemon.run("webhook", "enable", id).code()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                                  | url
          {"url":"ftp://app.example/"}                                        | url
          {"url":"no url"}                                                    | url
          {"url":"https://"}                                                  | url
          {"url":"https://me:word@app.example/"}                              | url
          {"url":"https://app.example/#here"}                                 | url
          {"url":"http://169.254.169.254/latest/meta-data"}                   | url
          {"url":"http://[::1]:3000/"}                                        | url
          {"url":"http://10.0.0.1/"}                                          | url
          {"url":"http://127.0.0.1:9/","kinds":["vm-exploded"]}               | kinds
          {"url":"http://127.0.0.1:9/","secret":"word"}                       | secret
          {"url":"http://127.0.0.1:9/","user":"no user!"}                     | userId
          """)
  void whatIsWrongIsRefusedByItsName(String body, String field) throws Exception {
    HttpResponse<String> answer = daemon.call(daemon.adminToken(), "POST", "/api/webhooks", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(Json.read(answer.body(), JsonNode.class).path("field").asString()).isEqualTo(field);
    assertThat(run("webhook", "ls", "--json")).isEqualTo("[]\n");
  }

  @Test
  void onlyAdministratorsHaveThem() throws Exception {
    String operator = run("token", "create", "op", "--role", "operator").strip();
    for (String method : List.of("GET", "POST")) {
      assertThat(daemon.call(operator, method, "/api/webhooks", "{}").statusCode()).isEqualTo(403);
    }
    HttpResponse<String> state =
        daemon.call(daemon.adminToken(), "GET", "/api/webhooks/wh-1/deliveries?state=lost", "");
    assertThat(state.statusCode()).isEqualTo(400);
  }

  @Test
  void thereAreOnlySoMany() throws Exception {
    for (int one = 0; one < 100; one++) {
      run("webhook", "create", url(), "--kind", "note");
    }
    FakeMachinesDaemon.Said refused = daemon.run("webhook", "create", url());
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err()).contains("There are 100 webhooks already");
  }
}
