package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ExecEvent;
import dev.visco.wire.Json;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Commands over HTTP that are ended by their timeout, or whose output is streamed. */
@Timeout(60)
class ExecStreamTest {
  private static final String NDJSON = "application/x-ndjson";
  @TempDir private Path folder;
  private ApiUnderTest api;
  private String path = "";

  @BeforeEach
  void aVmThatIsReady() throws Exception {
    api = ApiUnderTest.start(folder);
    String id = api.create();
    api.vms.settle(new VmId(id), VmState.READY, null);
    path = "/api/vms/" + id + "/exec";
  }

  @AfterEach
  void noSessionIsLeft() {
    Awaitility.await().until(() -> api.vms.guest.open.get() == 0);
    api.close();
  }

  private Answer exec(String accept, String body) throws Exception {
    return api.send("POST", path, body, "Accept", accept);
  }

  private static List<ExecEvent> events(Answer answer) {
    return answer.body().lines().map(line -> Json.read(line, ExecEvent.class)).toList();
  }

  @Test
  void outputComesAsLinesOfBase64AndTheExitCodeLast() throws Exception {
    Answer answer = exec(NDJSON, "{\"command\":[\"cat\"],\"stdin\":\"h\\u00e9\"}");
    assertThat(answer.header("Content-Type")).isEqualTo(NDJSON);
    assertThat(answer.body())
        .isEqualTo(
            """
            {"type":"stdout","data":"aMOp"}
            {"type":"exit","exitCode":0}
            """);
    List<ExecEvent> failed = events(exec(NDJSON, "{\"command\":[\"fail\"]}"));
    assertThat(failed).extracting(ExecEvent::type).containsExactly("stderr", "exit");
    assertThat(failed.getFirst().data()).asString(StandardCharsets.UTF_8).isEqualTo("it failed\n");
    assertThat(failed.getLast().exitCode()).isEqualTo(3);
  }

  @Test
  void serverSentEventsHaveTheSameData() throws Exception {
    Answer answer = exec("text/event-stream", "{\"command\":[\"cat\"],\"stdin\":\"hi\"}");
    assertThat(answer.header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(answer.body().replace(":\n\n", ""))
        .isEqualTo(
            """
            event: stdout
            data: {"type":"stdout","data":"aGk="}

            event: exit
            data: {"type":"exit","exitCode":0}

            """);
  }

  @Test
  void aConnectionIntoTheGuestThatBreaksIsTheLastLine() throws Exception {
    List<ExecEvent> events = events(exec(NDJSON, "{\"command\":[\"hang\"]}"));
    assertThat(events).hasSize(1);
    assertThat(events.getFirst().type()).isEqualTo("error");
    assertThat(events.getFirst().detail()).isEqualTo("did not end in time");
  }

  @Test
  void whatCannotBeStartedIsAProblem() throws Exception {
    Answer none = exec(NDJSON, "{\"command\":[]}");
    assertThat(none.status()).isEqualTo(400);
    assertThat(none.header("Content-Type")).isEqualTo("application/problem+json");
    api.vms.unreachable =
        new GuestUnreachable(GuestUnreachable.GuestStage.NO_ANSWER, "no answer within 15 s", null);
    assertThat(exec(NDJSON, "{\"command\":[\"cat\"]}").field("detail"))
        .contains("no answer within 15 s");
  }

  @Test
  void aClientThatLeavesEndsItsCommand() throws Exception {
    try (InputStream answer =
        api.stream("POST", path, "{\"command\":[\"sleep\"]}", "Accept", NDJSON)) {
      Awaitility.await().until(() -> api.vms.guest.open.get() == 1);
    }
    Awaitility.await().until(() -> api.vms.guest.open.get() == 0);
  }

  @Test
  void aTimeoutEndsTheCommandAndKeepsWhatItHasSaid() throws Exception {
    JsonNode whole =
        exec("application/json", "{\"command\":[\"sleep\"],\"timeout\":\"50ms\"}").json();
    assertThat(whole)
        .isEqualTo(
            Json.read(
                "{\"exitCode\":124,\"stdout\":\"\",\"stderr\":\"\",\"timedOut\":true}",
                JsonNode.class));
    List<ExecEvent> events = events(exec(NDJSON, "{\"command\":[\"sleep\"],\"timeout\":\"50ms\"}"));
    assertThat(events).hasSize(1);
    assertThat(events.getFirst().exitCode()).isEqualTo(124);
    assertThat(events.getFirst().timedOut()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "soon", "-1s"})
  void aTimeoutThatIsNoneIsRefused(String timeout) throws Exception {
    Answer refused =
        exec("application/json", "{\"command\":[\"cat\"],\"timeout\":\"" + timeout + "\"}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.field("field")).isEqualTo("timeout");
  }
}
