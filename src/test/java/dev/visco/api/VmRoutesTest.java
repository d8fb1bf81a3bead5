package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestUnreachable;
import dev.visco.verify.BootReport;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /api/vms} as its callers see it. */
@Timeout(60)
class VmRoutesTest {
  @TempDir private Path folder;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    api = ApiUnderTest.start(folder);
  }

  @AfterEach
  void end() {
    api.close();
    assertThat(api.vms.guest.open).as("sessions left open").hasValue(0);
  }

  private String ready() throws Exception {
    String id = api.create();
    api.vms.settle(new VmId(id), VmState.READY, null);
    return id;
  }

  @Test
  void theOriginalCallIsAcceptedAtOnce() throws Exception {
    Answer answer =
        api.send(
            "POST",
            "/api/vms/create",
            "{\"userId\":\"5abacdd1-6a9b-48ce-b723-ca8056324c7a\",\"vmType\":\"cli\"}");
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.field("vmId")).matches("vm-[0-9a-f]{8}");
    assertThat(answer.field("state")).isEqualTo("creating");
    assertThat(answer.header("Location")).isEqualTo("/api/vms/" + answer.field("vmId"));
    assertThat(api.get(answer.header("Location")).json()).isEqualTo(answer.json());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"vmType\":\"cli\"} | userId | is missing",
        "{\"userId\":\"u\"} | vmType | is missing",
        "{\"userId\":\"u\",\"vmType\":\"desktop\"} | vmType | \"desktop\" is not known",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"vcpus\":0.5} | vcpus | 0.5",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"vcpus\":0} | vcpus | \"0\" is out of range",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"vcpus\":\"two\"} | vcpus | two",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"memoryMib\":8192} | memoryMib | \"8192\" is more than this host has",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"transport\":\"usb\"} | transport | usb",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"ttl\":\"soon\"} | ttl | soon",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"bootArgs\":[\"a b\"]} | bootArgs | \"a b\"",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"name\":\"\"} | name | lower-case letters",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"name\":\"12345678\"} | name | looks like the id",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"labels\":{\"\":\"a\"}} | labels | no key",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"labels\":{\"a\":null}} | a | not text",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"labels\":[\"a\"]} | labels | ",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"memory\":\"lots\"} | memory | is not a size",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"memory\":\"1g\",\"memoryMib\":512} | memory | beside memoryMib",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"memory\":\"16m\"} | memoryMib | out of range",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"memory\":\"999999999t\"} | memoryMib | out of range",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"env\":{\"1A\":\"b\"}} | env | no name of a variable",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"env\":{\"A\":\"\\u0000secret\"}} | env | a value that no variable can have",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"content\":\"a\"}]} | files.path | is missing",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"/a\"}]} | files | has no content",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"/a\",\"content\":\"a\",\"base64\":\"YQ==\"}]} | files | two contents",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"/a\",\"base64\":\"!\"}]} | files.base64 | no Base64",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"a\",\"content\":\"a\"}]} | files.path | no path for a file",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"/proc/1\",\"content\":\"a\"}]} | files.path | no path for a file",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"/a\",\"content\":\"a\",\"mode\":\"999\"}]} | files.mode | octal",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"/a\",\"content\":\"a\",\"owner\":\"a b\"}]} | files.owner | a user of the guest",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"files\":[{\"path\":\"/a\",\"content\":\"a\"},{\"path\":\"/a\",\"content\":\"b\"}]} | files.path | more than once",
        "{\"userId\":\"u\",\"vmType\":\"cli\",\"colour\":\"red\"} | colour | colour",
        "{\"userId\":\"u\",\"userId\":\"w\",\"vmType\":\"cli\"} | body | Duplicate",
        "{\"userId\":\"u\", | body | end-of-input",
        "this is no JSON | body | Unrecognized token",
        "[] | body | ",
      })
  void whatCannotBeIsRefusedByFieldWithARemedy(String body, String field, String says)
      throws Exception {
    Answer answer = api.send("POST", "/api/vms", body);
    assertThat(answer.body()).doesNotContain("secret");
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.field("type")).isEqualTo("urn:visco:problem:invalid");
    assertThat(answer.field("field")).isEqualTo(field);
    assertThat(answer.field("detail")).contains(says == null ? "" : says);
    assertThat(answer.field("remedy")).isNotEmpty();
    assertThat(api.get("/api/vms?all=true").json()).as("half done").isEmpty();
  }

  @Test
  void anUnknownFieldIsAnsweredWithTheKnownOnes() throws Exception {
    Answer answer = api.send("POST", "/api/vms", "{\"userID\":\"u\"}");
    assertThat(answer.field("remedy")).contains("userId").contains("memoryMib");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    Answer answer = api.send("POST", "/api/vms", " ".repeat((8 << 20) + 1));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("detail")).contains("too large");
    assertThat(api.get("/api/vms").status()).as("the next request").isEqualTo(200);
  }

  @Test
  void waitingForReadyAnswersOnceItIs() throws Exception {
    CompletableFuture<Answer> waiting = later("/api/vms?wait=ready");
    api.vms.awaitWaiting();
    assertThat(waiting).isNotDone();
    api.vms.settle(new VmId("vm-00000001"), VmState.READY, null);
    Answer answer = waiting.get(30, TimeUnit.SECONDS);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("state")).isEqualTo("ready");
  }

  @Test
  void waitingForReadyAnswersWithTheReasonWhenItFailed() throws Exception {
    CompletableFuture<Answer> waiting = later("/api/vms?wait=ready");
    api.vms.awaitWaiting();
    api.vms.settle(new VmId("vm-00000001"), VmState.FAILED, "the shell did not answer");
    Answer answer = waiting.get(30, TimeUnit.SECONDS);
    assertThat(answer.field("state")).isEqualTo("failed");
    assertThat(answer.field("failure")).isEqualTo("the shell did not answer");
  }

  private CompletableFuture<Answer> later(String path) {
    var answer = new CompletableFuture<Answer>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            answer.complete(api.send("POST", path, "{\"userId\":\"u\",\"vmType\":\"cli\"}"));
          } catch (Exception e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  @Test
  void waitingEndsAtItsTimeoutWithWhatThereIs() throws Exception {
    Answer answer =
        api.send("POST", "/api/vms?wait=ready&timeout=1s", "{\"userId\":\"u\",\"vmType\":\"cli\"}");
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.field("state")).isEqualTo("creating");
    assertThat(api.get("/api/vms/vm-00000001?after=1&timeout=1s").field("revision")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /api/vms?wait=started, wait",
    "POST, /api/vms?wait=ready&timeout=long, timeout",
    "GET, /api/vms/vm-00000001?after=x, after",
    "GET, /api/vms?state=dozing, state",
    "GET, /api/vms?state=ready%2C, state",
    "GET, /api/vms?label=, labels",
    "GET, /api/vms?label=a%20b, labels",
    "GET, /api/vms?label=a&label=b, label",
    "GET, /api/vms?colour=red, colour"
  })
  void questionsThatCannotBeAreRefused(String method, String path, String says) throws Exception {
    Answer answer =
        api.send(method, path, method.equals("GET") ? "" : "{\"userId\":\"u\",\"vmType\":\"cli\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("detail")).contains(says);
    assertThat(api.get("/api/vms").json()).as("half done").isEmpty();
  }

  @Test
  void anUnknownParameterIsAnsweredWithTheKnownOnes() throws Exception {
    assertThat(api.get("/api/vms?labels=team").field("remedy"))
        .isEqualTo("Known are all, before, label, limit, name, state, type, user.");
  }

  private String create(String fields) throws Exception {
    return api.send("POST", "/api/vms", "{\"userId\":\"u\",\"vmType\":\"cli\"," + fields + "}")
        .field("vmId");
  }

  @Test
  void listsAreOfThoseThatAreAskedFor() throws Exception {
    String web = create("\"name\":\"web\",\"labels\":{\"team\":\"red\",\"gpu\":\"\"}");
    String other = create("\"labels\":{\"team\":\"blue\"}");
    api.vms.settle(new VmId(other), VmState.DESTROYED, null);
    assertThat(ids(api.get("/api/vms?name=web"))).containsExactly(web);
    assertThat(ids(api.get("/api/vms?label=team"))).containsExactly(web);
    assertThat(ids(api.get("/api/vms?label=team,gpu&type=cli&user=u"))).containsExactly(web);
    assertThat(ids(api.get("/api/vms?label=team&all=true"))).containsExactly(other, web);
    assertThat(ids(api.get("/api/vms?state=destroyed"))).containsExactly(other);
    assertThat(ids(api.get("/api/vms?state=destroyed,creating&label=team%3Dblue")))
        .containsExactly(other);
    for (String none : List.of("name=we", "label=team=green", "type=browser", "state=ready")) {
      assertThat(ids(api.get("/api/vms?" + none))).as(none).isEmpty();
    }
  }

  @Test
  void aVmIsMeantByItsNameOrAUniqueBeginningOfItsIdToo() throws Exception {
    String web = create("\"name\":\"web\"");
    String other = create("\"name\":\"db\"");
    for (String text : List.of(web, "web", web.substring(3))) {
      assertThat(api.get("/api/vms/" + text).field("vmId")).as(text).isEqualTo(web);
    }
    assertThat(api.get("/api/vms/vm-0").status()).as("two begin so").isEqualTo(400);
    assertThat(api.get("/api/vms/vm-0").field("detail")).contains(web, other);
    assertThat(api.get("/api/vms/nonsense").status()).isEqualTo(404);
    assertThat(api.get("/api/vms/nonsense/console").status()).isEqualTo(404);
    assertThat(api.send("DELETE", "/api/vms/db", "").field("vmId")).isEqualTo(other);
  }

  @Test
  void aVmIsChangedInAllThatMayChange() throws Exception {
    String id =
        create("\"name\":\"web\",\"labels\":{\"team\":\"red\",\"old\":\"1\"},\"ttl\":\"1h\"");
    Answer changed =
        api.send(
            "PATCH",
            "/api/vms/web",
            "{\"name\":\"db\",\"labels\":{\"old\":null,\"new\":\"2\"},\"restart\":\"always\",\"ttlFrom\":\"used\"}");
    assertThat(changed.status()).as(changed.body()).isEqualTo(200);
    assertThat(changed.field("vmId")).isEqualTo(id);
    assertThat(changed.field("name")).isEqualTo("db");
    assertThat(changed.json().path("labels").toString())
        .isEqualTo("{\"new\":\"2\",\"team\":\"red\"}");
    assertThat(changed.field("restart")).isEqualTo("always");
    assertThat(changed.field("ttlFrom")).isEqualTo("used");
    assertThat(api.send("PATCH", "/api/vms/db", "{\"name\":\"\"}").json().has("name")).isFalse();
    assertThat(api.get("/api/vms/db").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | body | changes nothing",
        "{\"name\":\"A b\"} | name | lower-case",
        "{\"name\":\"vm-0123abcd\"} | name | looks like the id",
        "{\"labels\":{\"a b\":\"c\"}} | labels | no key",
        "{\"labels\":{\"a\":\"b c\"}} | labels.a | no value",
        "{\"cpus\":2} | cpus | cpus",
      })
  void aChangeThatCannotBeIsRefused(String body, String field, String says) throws Exception {
    String before = api.get("/api/vms/" + create("\"name\":\"web\"")).body();
    Answer answer = api.send("PATCH", "/api/vms/web", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("field")).isEqualTo(field);
    assertThat(answer.field("detail")).contains(says);
    assertThat(answer.field("remedy")).isNotEmpty();
    assertThat(api.get("/api/vms/web").body()).isEqualTo(before);
  }

  @Test
  void theSameIdempotencyKeyMakesOneVm() throws Exception {
    String body = "{\"userId\":\"u\",\"vmType\":\"cli\"}";
    Answer first = api.send("POST", "/api/vms", body, "Idempotency-Key", "k1");
    Answer again = api.send("POST", "/api/vms", body, "idempotency-key", "k1");
    assertThat(again.field("vmId")).isEqualTo(first.field("vmId"));
    assertThat(api.get("/api/vms").json()).hasSize(1);
    Answer other =
        api.send(
            "POST", "/api/vms", "{\"userId\":\"w\",\"vmType\":\"cli\"}", "Idempotency-Key", "k1");
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.field("type")).isEqualTo("urn:visco:problem:key-reused");
  }

  @Test
  void aListIsOfOneUserWhenAskedFor() throws Exception {
    api.create();
    api.send("POST", "/api/vms", "{\"userId\":\"w\",\"vmType\":\"cli\"}");
    assertThat(api.get("/api/vms").json()).hasSize(2);
    assertThat(api.get("/api/vms?user=w").json())
        .singleElement()
        .satisfies(vm -> assertThat(vm.path("userId").asString()).isEqualTo("w"));
  }

  @Test
  void aListComesInPages() throws Exception {
    for (int one = 0; one < 5; one++) {
      api.create();
    }
    api.vms.settle(new VmId("vm-00000002"), VmState.DESTROYED, null);
    List<String> whole = ids(api.get("/api/vms?all=true&user=u"));
    assertThat(whole).hasSize(5);
    var paged = new ArrayList<String>();
    int pages = 0;
    for (String next = "/api/vms?all=true&user=u&limit=2"; !next.isEmpty(); pages++) {
      Answer page = api.get(next);
      assertThat(page.status()).isEqualTo(200);
      paged.addAll(ids(page));
      next = page.next();
    }
    assertThat(paged).isEqualTo(whole);
    assertThat(pages).isEqualTo(3);
    assertThat(api.get("/api/vms?limit=4").next()).as("exactly all").isEmpty();
    assertThat(api.get("/api/vms?limit=0").field("field")).isEqualTo("limit");
    assertThat(api.get("/api/vms?before=nonsense").status()).isEqualTo(404);
    assertThat(api.get("/api/vms?before=vm-0badcafe").status()).isEqualTo(404);
  }

  private static List<String> ids(Answer list) {
    var ids = new ArrayList<String>();
    list.json().forEach(vm -> ids.add(vm.path("vmId").asString()));
    return ids;
  }

  /** Six bytes of JSON each; held whole they were three times so much. */
  @Test
  void execGivesControlCharactersAsTheyAre() throws Exception {
    String said = "\u0001".repeat(200_000) + "\ud83d\ude00\n";
    Answer answer =
        api.send(
            "POST",
            "/api/vms/" + ready() + "/exec",
            Json.line(Map.of("command", List.of("cat"), "stdin", said)));
    assertThat(answer.field("stdout")).isEqualTo(said);
    assertThat(answer.field("stderr")).isEmpty();
  }

  @Test
  void aVmThatIsNotThereIsNotFoundOnEachOfItsRoutes() throws Exception {
    for (String path : List.of("", "/report", "/console")) {
      Answer answer = api.get("/api/vms/vm-0badcafe" + path);
      assertThat(answer.status()).as(path).isEqualTo(404);
      assertThat(answer.field("type")).isEqualTo("urn:visco:problem:not-found");
      assertThat(answer.field("detail")).contains("vm-0badcafe");
    }
    assertThat(api.send("DELETE", "/api/vms/vm-0badcafe", "").status()).isEqualTo(404);
  }

  @Test
  void destroyIsAcceptedAtOnceAndWaitsWhenAsked() throws Exception {
    String id = ready();
    assertThat(api.send("DELETE", "/api/vms/" + id, "").status()).isEqualTo(202);
    api.vms.settle(new VmId(id), VmState.DESTROYED, null);
    assertThat(api.get("/api/vms").json()).isEmpty();
    assertThat(api.get("/api/vms?all=true").json()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"wait=ready, wait", "wait=destroyed&timeout=long, timeout"})
  void aDestroyThatIsRefusedDestroysNothing(String query, String says) throws Exception {
    String id = ready();
    Answer answer = api.send("DELETE", "/api/vms/" + id + "?" + query, "");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("field")).isEqualTo(says);
    assertThat(api.get("/api/vms/" + id).field("state")).isEqualTo("ready");
  }

  @Test
  void aReportIsNotFoundUntilItIsWritten() throws Exception {
    String id = api.create();
    assertThat(api.get("/api/vms/" + id + "/report").status()).isEqualTo(404);
    api.vms.report =
        new BootReport(
            new VmId(id),
            "cli",
            Transport.MMIO,
            "qemu (tcg)",
            true,
            List.of(),
            List.of(),
            List.of(new BootReport.CriterionLine(1, "root device opened", "met", "vda1")),
            List.of(),
            new LinkedHashMap<>(),
            null,
            null,
            Instant.EPOCH);
    Answer answer = api.get("/api/vms/" + id + "/report");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("criteria").get(0).path("verdict").asString()).isEqualTo("met");
  }

  @Test
  void aConsoleIsReadFromItsOldestAndIsEmptyBeforeItBegins() throws Exception {
    String id = api.create();
    assertThat(api.get("/api/vms/" + id + "/console").body()).isEmpty();
    Files.writeString(folder.resolve(id + ".log.1"), "one\n");
    Files.writeString(folder.resolve(id + ".log"), "two\n");
    assertThat(api.get("/api/vms/" + id + "/console").body()).isEqualTo("one\ntwo\n");
    assertThat(api.get("/api/vms/" + id + "/console?tail=1").body()).isEqualTo("two\n");
    assertThat(api.get("/api/vms/" + id + "/console?tail=all").body()).isEqualTo("one\ntwo\n");
    assertThat(api.get("/api/vms/" + id + "/console?tail=1&timestamps=true").body())
        .matches("20\\S+Z two\n");
    assertThat(api.get("/api/vms/" + id + "/console?since=2100-01-01T00:00:00Z").body()).isEmpty();
    assertThat(api.get("/api/vms/" + id + "/console?since=now").status()).isEqualTo(400);
    Answer wrong = api.get("/api/vms/" + id + "/console?tail=-1");
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.json().path("field").asString()).isEqualTo("tail");
  }

  @Test
  void aConsoleIsFollowedThroughARotationToTheVmsLastWords() throws Exception {
    String id = ready();
    Path console = folder.resolve(id + ".log");
    Files.writeString(console, "one\n");
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                api.stream("/api/vms/" + id + "/console?follow=true"), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("one");
      Files.writeString(console, "two\n", StandardOpenOption.APPEND);
      assertThat(lines.readLine()).isEqualTo("two");
      // The new file is longer than the old one was, and the old one still got a line.
      Files.writeString(console, "three\n", StandardOpenOption.APPEND);
      Files.move(console, folder.resolve(id + ".log.1"));
      Files.writeString(console, "four, which is a longer line than all\n");
      assertThat(lines.readLine()).isEqualTo("three");
      assertThat(lines.readLine()).startsWith("four");
      Files.writeString(console, "last words\n", StandardOpenOption.APPEND);
      api.vms.settle(new VmId(id), VmState.STOPPED, "it ended");
      assertThat(lines.readLine()).isEqualTo("last words");
      assertThat(lines.readLine()).isNull();
    }
  }

  @Test
  void execGivesExitCodeAndBothOutputs() throws Exception {
    String path = "/api/vms/" + ready() + "/exec";
    Answer cat = api.send("POST", path, "{\"command\":[\"cat\"],\"stdin\":\"hällo\"}");
    assertThat(cat.status()).isEqualTo(200);
    assertThat(cat.field("stdout")).isEqualTo("hällo");
    assertThat(cat.json().path("exitCode").asInt(-1)).isZero();
    Answer fail = api.send("POST", path, "{\"command\":[\"fail\"]}");
    assertThat(fail.json().path("exitCode").asInt()).isEqualTo(3);
    assertThat(fail.field("stderr")).isEqualTo("it failed\n");
  }

  @Test
  void execIsRefusedWithoutACommandAndBeforeTheVmIsReady() throws Exception {
    String id = api.create();
    Answer early = api.send("POST", "/api/vms/" + id + "/exec", "{\"command\":[\"cat\"]}");
    assertThat(early.status()).isEqualTo(409);
    assertThat(early.field("remedy")).isEqualTo("Wait until it is ready.");
    Answer none = api.send("POST", "/api/vms/" + id + "/exec", "{}");
    assertThat(none.status()).isEqualTo(400);
    assertThat(none.field("field")).isEqualTo("command");
  }

  @Test
  void aGuestThatDoesNotAnswerIsSaidToBeTheGuest() throws Exception {
    String path = "/api/vms/" + ready() + "/exec";
    Answer hang = api.send("POST", path, "{\"command\":[\"hang\"]}");
    assertThat(hang.status()).isEqualTo(502);
    assertThat(hang.field("detail")).isEqualTo("did not end in time");
    api.vms.unreachable =
        new GuestUnreachable(GuestUnreachable.GuestStage.PORT_CLOSED, "its sshd is down", null);
    Answer closed = api.send("POST", path, "{\"command\":[\"cat\"]}");
    assertThat(closed.status()).isEqualTo(502);
    assertThat(closed.field("type")).isEqualTo("urn:visco:problem:guest-unreachable");
    assertThat(closed.field("detail")).isEqualTo("its sshd is down");
  }
}
