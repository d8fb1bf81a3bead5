package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.desktop.VncViewers;
import dev.visco.api.http.Route;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * What ordinary HTTP clients, monitors and balancers send, byte by byte: everything is answered,
 * and whatever is refused by a problem document, by whichever part of the server.
 */
@Timeout(60)
class HttpHabitsTest {
  private static final String JSON = "application/json";
  private static final String PROBLEM = "application/problem+json";
  private static final String BODY = "{\"userId\":\"u1\",\"vmType\":\"nosuch\"}";
  private static final String TOKEN = "Authorization: Bearer " + ApiUnderTest.TOKEN;
  @TempDir private Path folder;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    var routes = new ArrayList<>(new MetricsRoutes(List.of(new VncViewers())).routes());
    routes.add(Route.open("GET", "/health", exchange -> exchange.json(200, List.of("ok"))));
    api = ApiUnderTest.start(folder, routes.toArray(Route[]::new));
  }

  @AfterEach
  void end() {
    api.close();
  }

  /** Status line, header fields and content of one answer. */
  private record Raw(String head, byte[] content) {
    int status() {
      return Integer.parseInt(head.split(" ", 3)[1]);
    }

    String header(String name) {
      return head.lines()
          .filter(
              line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("");
    }

    String text() {
      return new String(content, StandardCharsets.UTF_8);
    }

    JsonNode json() {
      return Json.read(text(), JsonNode.class);
    }
  }

  private Raw send(byte[] request) throws IOException {
    try (var socket = new Socket("127.0.0.1", api.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request);
      byte[] answer = socket.getInputStream().readAllBytes();
      String text = new String(answer, StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      assertThat(end).as(text).isPositive();
      byte[] content = new byte[answer.length - end - 4];
      System.arraycopy(answer, end + 4, content, 0, content.length);
      return new Raw(text.substring(0, end), content);
    }
  }

  private Raw send(String line, String... headers) throws IOException {
    return send(bytes(line, new byte[0], headers));
  }

  private static byte[] bytes(String line, byte[] body, String... headers) {
    var head = new StringBuilder(line).append("\r\n");
    boolean hasHost = List.of(headers).stream().anyMatch(one -> one.startsWith("Host:"));
    if (!hasHost) {
      head.append("Host: localhost\r\n");
    }
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (body.length > 0) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    var all = new ByteArrayOutputStream();
    if (!head.toString().contains("Connection: ")) {
      head.append("Connection: close\r\n");
    }
    all.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    all.writeBytes(body);
    return all.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /health | 200 | application/json",
        "HEAD /health | 200 | application/json",
        "OPTIONS /health | 204 |",
        "POST /health | 405 | application/problem+json",
        "GET /health/ | 404 | application/problem+json",
        "GET //health | 400 | application/problem+json",
        "GET /health?x=1 | 400 | application/problem+json",
        "OPTIONS * | 204 |",
        "GET /api/vms | 401 | application/problem+json",
        "HEAD /api/vms | 401 | application/problem+json",
        "OPTIONS /api/vms | 401 | application/problem+json",
        "GET /unknown | 401 | application/problem+json",
      })
  void withoutAToken(String request, int status, String type) throws Exception {
    Raw answer = send(request + " HTTP/1.1");
    assertThat(answer.status()).as(answer.head()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo(type == null ? "" : type);
    assertProblem(answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HEAD /api/vms | 200 | application/json",
        "HEAD /metrics | 200 | text/plain; version=0.0.4; charset=utf-8",
        "OPTIONS /api/vms | 204 |",
        "GET /api | 200 | application/json",
        "GET /api/vms/ | 404 | application/problem+json",
        "GET //api/vms | 400 | application/problem+json",
        "GET /api/vms/%2e%2e/x | 400 | application/problem+json",
        "GET /api/vms;x=1 | 200 | application/json",
        "GET /api/vms?user=a+b%2Fc | 200 | application/json",
        "GET /api/vms?user=%zz | 400 | application/problem+json",
        "GET /api/vms?user=a&user=b | 400 | application/problem+json",
        "GET /api/vms?all=yes | 400 | application/problem+json",
        "GET /api/vms?colour=red | 400 | application/problem+json",
        "GET /api/vms/VM-1A2B3C4D | 404 | application/problem+json",
        "DELETE /api/vms/vm-00000000 | 404 | application/problem+json",
        "TRACE /api/vms | 405 | application/problem+json",
        "BREW /api/vms | 405 | application/problem+json",
        "GET http://localhost/api/vms | 200 | application/json",
      })
  void withAToken(String request, int status, String type) throws Exception {
    Raw answer = send(request + " HTTP/1.1", TOKEN);
    assertThat(answer.status()).as(answer.head() + answer.text()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo(type == null ? "" : type);
    assertProblem(answer);
  }

  private static void assertProblem(Raw answer) {
    if (answer.header("Content-Type").equals(PROBLEM) && answer.content().length > 0) {
      JsonNode problem = answer.json();
      assertThat(problem.path("status").asInt()).isEqualTo(answer.status());
      assertThat(problem.path("detail").asString()).isNotEmpty();
      assertThat(problem.path("remedy").asString()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "authorization: bearer visco-good | 200",
        "Connection: close, Upgrade, HTTP2-Settings#Upgrade: h2c#HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA | 200",
        "Accept: text/html | 200",
        "Accept-Encoding: gzip | 200",
        "Host: localhost.:4311 | 200",
        "Host: VISCO.example | 200",
        "Host: elsewhere.example | 403",
      })
  void headersThatClientsSend(String header, int status) throws Exception {
    Raw answer =
        header.startsWith("authorization")
            ? send("GET /api/vms HTTP/1.1", header)
            : send("GET /api/vms HTTP/1.1", (TOKEN + "#" + header).split("#", -1));
    assertThat(answer.status()).as(answer.head()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo(status == 200 ? JSON : PROBLEM);
  }

  @Test
  void headHasTheHeadersOfGetAndNoContent() throws Exception {
    for (String path : List.of("/health", "/api/vms", "/api", "/nowhere")) {
      Raw get = send("GET " + path + " HTTP/1.1", TOKEN);
      Raw head = send("HEAD " + path + " HTTP/1.1", TOKEN);
      assertThat(head.status()).isEqualTo(get.status());
      assertThat(head.header("Content-Length")).isEqualTo("" + get.content().length);
      assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
      assertThat(head.content()).isEmpty();
    }
    String id = api.create();
    Raw stream = send("HEAD /api/vms/" + id + "/console?follow=true HTTP/1.1", TOKEN);
    assertThat(stream.status()).isEqualTo(200);
    assertThat(stream.content()).isEmpty();
  }

  @Test
  void optionsAndRefusalsNameTheMethodsThatThereAre() throws Exception {
    assertThat(send("OPTIONS /health HTTP/1.1").header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
    assertThat(send("DELETE /health HTTP/1.1").header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
    assertThat(send("OPTIONS /api/vms/vm-00000001/exec HTTP/1.1", TOKEN).header("Allow"))
        .isEqualTo("OPTIONS, POST");
    assertThat(send("DELETE /health HTTP/1.1").json().path("type").asString())
        .isEqualTo("urn:visco:problem:method-not-allowed");
    assertThat(send("OPTIONS /vms/vm-00000001/desktop HTTP/1.1").header("Allow"))
        .isEqualTo("GET, HEAD, OPTIONS");
  }

  /** What the remedy of an unknown route names is there. */
  @Test
  void anUnknownRouteIsAnsweredWithWhatThereIs() throws Exception {
    Raw unknown = send("GET /api/vm HTTP/1.1", TOKEN);
    assertThat(unknown.json().path("remedy").asString()).isEqualTo("GET /api lists all routes.");
    assertThat(send("GET /api HTTP/1.1", TOKEN).json().valueStream())
        .anySatisfy(route -> {
          assertThat(route.path("method").asString()).isEqualTo("GET");
          assertThat(route.path("path").asString()).isEqualTo("/api/vms");
          assertThat(route.path("parameters").toString()).contains("user");
        });
    Raw slash = send("GET /api/vms/ HTTP/1.1", TOKEN);
    assertThat(slash.json().path("remedy").asString()).isEqualTo("Call /api/vms.");
  }

  @Test
  void anUnknownParameterIsRefusedByNameWithTheKnownOnes() throws Exception {
    JsonNode one = send("GET /api/vms?colour=red HTTP/1.1", TOKEN).json();
    assertThat(one.path("field").asString()).isEqualTo("colour");
    assertThat(one.path("remedy").asString()).contains("all").contains("user");
    JsonNode none = send("GET /health?x=1 HTTP/1.1").json();
    assertThat(none.path("field").asString()).isEqualTo("x");
    assertThat(none.path("remedy").asString()).contains("has none");
    String id = api.create();
    assertThat(send("DELETE /api/vms/" + id + "?wiat=destroyed HTTP/1.1", TOKEN).status())
        .isEqualTo(400);
    assertThat(api.get("/api/vms/" + id).field("state")).as("half done").isEqualTo("creating");
  }

  /** The type is not known, and so each of these was read whole when it is named. */
  private void assertRead(byte[] request) throws Exception {
    Raw answer = send(request);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("Content-Type")).isEqualTo(PROBLEM);
    assertThat(answer.json().path("field").asString()).as(answer.text()).isEqualTo("vmType");
  }

  @Test
  void bodiesThatClientsSendAreRead() throws Exception {
    String post = "POST /api/vms HTTP/1.1";
    byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
    assertRead(bytes(post, body, TOKEN, "Content-Type: application/json"));
    assertRead(bytes(post, body, TOKEN, "Content-Type: application/json; charset=UTF-8"));
    assertRead(bytes(post, body, TOKEN, "Content-Type: application/x-www-form-urlencoded"));
    assertRead(bytes(post, body, TOKEN, "Content-Encoding: identity"));
    assertRead(bytes(post, ("\ufeff" + BODY).getBytes(StandardCharsets.UTF_8), TOKEN));
    assertRead(chunked(post, body));
  }

  private static byte[] chunked(String line, byte[] body) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(bytes(line, new byte[0], TOKEN, "Transfer-Encoding: chunked"));
    all.writeBytes((Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.UTF_8));
    all.writeBytes(body);
    all.writeBytes("\r\n0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    return all.toByteArray();
  }

  @Test
  void whoAsksFirstIsToldToGoOn() throws Exception {
    byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
    Raw answer = send(bytes("POST /api/vms HTTP/1.1", body, TOKEN, "Expect: 100-continue"));
    // Told so, or answered at once where the body is there already.
    assertThat(answer.status()).isIn(100, 400);
    assertThat(answer.text()).contains("vmType");
  }

  @Test
  void bodiesInAnotherCodingAreRefusedByName() throws Exception {
    String post = "POST /api/vms HTTP/1.1";
    var zipped = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(zipped)) {
      out.write(BODY.getBytes(StandardCharsets.UTF_8));
    }
    Raw gzip = send(bytes(post, zipped.toByteArray(), TOKEN, "Content-Encoding: gzip"));
    assertThat(gzip.status()).isEqualTo(415);
    assertThat(gzip.json().path("field").asString()).isEqualTo("Content-Encoding");
    Raw named =
        send(
            bytes(
                post,
                BODY.getBytes(StandardCharsets.UTF_16),
                TOKEN,
                "Content-Type: application/json; charset=utf-16"));
    assertThat(named.status()).isEqualTo(415);
    assertThat(named.json().path("field").asString()).isEqualTo("charset");
    for (var charset :
        List.of(
            StandardCharsets.UTF_16,
            StandardCharsets.UTF_16LE,
            StandardCharsets.UTF_16BE,
            StandardCharsets.UTF_32)) {
      Raw wide = send(bytes(post, BODY.getBytes(charset), TOKEN));
      assertThat(wide.status()).isEqualTo(400);
      assertThat(wide.json().path("detail").asString()).contains("is not UTF-8");
    }
    Raw latin =
        send(bytes(post, "{\"userId\":\"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1), TOKEN));
    assertThat(latin.status()).isEqualTo(400);
    assertThat(latin.json().path("detail").asString()).contains("UTF-8");
  }

  @Test
  void anEmptyBodyIsAnEmptyObject() throws Exception {
    Raw answer = send("POST /api/vms HTTP/1.1", TOKEN, "Content-Length: 0");
    assertThat(answer.json().path("field").asString()).isEqualTo("userId");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /health?x=LONG HTTP/1.1 | 414",
        "GET /health HTTP/1.1#X-Big: LONG | 431",
        "GET /health HTTP/3.7 | 505",
        "GET /health HTTP/1.1#Content-Length: x | 400",
        "GET  HTTP/1.1 | 505",
        "GET /health HTTP/1.1#Bad Header: x | 400",
        "GET /health HTTP/1.1#Content-Length: 1#Content-Length: 2 | 400",
        "PRI * HTTP/2.0 | 505",
      })
  void whatTheServerItselfRefusesIsAProblemDocumentToo(String lines, int status) throws Exception {
    String[] parts = lines.replace("LONG", "a".repeat(9000)).split("#", -1);
    String[] headers = List.of(parts).subList(1, parts.length).toArray(String[]::new);
    Raw answer = send(parts[0], headers);
    assertThat(answer.status()).as(answer.head() + answer.text()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo(PROBLEM);
    assertProblem(answer);
  }

  /** A HEAD's client would take the content of a refusal for the next answer. */
  @Test
  void aConnectionEndsWithARequestThatIsNotUnderstood() throws Exception {
    for (String path : List.of("/api/v1/vms%zz", "/api/v1/vms/%00", "/api/v1/vms/%2e%2e/x")) {
      byte[] head =
          ("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8);
      Raw answer = send(head);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.header("Connection")).as(path).isEqualTo("close");
    }
  }

  @Test
  void requestsInARowOnOneConnectionAreAllAnswered() throws Exception {
    String one = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
    Raw answer =
        send((one + "\r\n" + one + "Connection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).contains("HTTP/1.1 200 OK");
  }

  @Test
  void http10IsAnswered() throws Exception {
    assertThat(send("GET /health HTTP/1.0").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | body: not an object.",
        "\"text\" | body: not an object.",
        "{\"userId\":{}} | userId: not text.",
        "{\"vcpus\":\"two\"} | vcpus: \"two\" is not a whole number.",
        "{\"vcpus\":1.5} | vcpus: \"1.5\" is not a whole number.",
        "{\"vcpus\":99999999999} | vcpus: the number is out of range.",
        "{\"vcpus\":[1]} | vcpus: not a whole number.",
        "{\"bootArgs\":\"a\"} | bootArgs: not a list.",
        "{\"force\":\"maybe\"} | force: \"maybe\" is not true or false.",
        "{\"bootArgs\":[\"quiet\",null]} | bootArgs: not text.",
        "{\"colour\":1} | colour: not a known field.",
      })
  void whatIsWrongWithABodyIsSaidInWordsOfJson(String body, String detail) throws Exception {
    Raw answer =
        send(bytes("POST /api/vms HTTP/1.1", body.getBytes(StandardCharsets.UTF_8), TOKEN));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("detail").asString()).isEqualTo(detail);
  }

  /** Whatever is sent, no class of the program or of a library is named. */
  @Test
  void classNamesAreNoMessage() throws Exception {
    List<String> values =
        List.of("1", "1.5", "true", "null", "\"x\"", "[]", "{}", "[[1]]", "{\"a\":{}}", "1e999");
    var bodies = new ArrayList<>(values);
    for (String field :
        List.of(
            "userId",
            "vmType",
            "vcpus",
            "memoryMib",
            "bootArgs",
            "ttl",
            "force",
            "transport",
            "x",
            "command",
            "stdin")) {
      values.forEach(value -> bodies.add("{\"" + field + "\":" + value + "}"));
    }
    bodies.addAll(
        List.of(
            "{",
            "{\"a",
            "{\"userId\":1,\"userId\":2}",
            "{} {}",
            "'",
            "nul",
            "\u0001",
            "{\"a\":\"\\x\"}"));
    bodies.addAll(
        List.of(
            "{\"command\":[null]}",
            "{\"command\":[\"a\",null]}",
            "{\"userId\":\"u\",\"vmType\":\"cli\",\"bootArgs\":[null]}"));
    String id = api.create();
    api.vms.settle(new VmId(id), VmState.READY, null);
    for (String path : List.of("/api/vms", "/api/vms/" + id + "/exec")) {
      for (String body : bodies) {
        Raw answer =
            send(bytes("POST " + path + " HTTP/1.1", body.getBytes(StandardCharsets.UTF_8), TOKEN));
        assertThat(answer.status()).as(path + " " + body).isLessThan(500);
        assertThat(answer.text())
            .as(path + " " + body)
            .doesNotContainPattern(
                "([a-z]+\\.){2,}[A-Z]|`|[a-z]Exception|\\bclass\\b|Source:|StreamRead");
      }
    }
  }
}
