package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.vmm.firecracker.ScriptedFirecracker.Raw;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One call, and everything that may come instead of its answer. */
@Timeout(30)
class FirecrackerApiTest {
  private static final Duration DEADLINE = Duration.ofMillis(300);
  private static final String OK =
      "HTTP/1.1 200 \r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n"
          + "{\"state\":\"Running\"}";

  @TempDir Path folder;
  private ScriptedFirecracker firecracker;
  private FirecrackerApi client;

  @BeforeEach
  void open() throws IOException {
    firecracker = new ScriptedFirecracker(folder.resolve("s"));
    client = new FirecrackerApi(folder.resolve("s"), DEADLINE);
  }

  @AfterEach
  void close() throws IOException {
    firecracker.close();
  }

  private void answering(boolean hangsUp, String... parts) {
    firecracker.answering(new Raw(List.of(parts), 0, hangsUp));
  }

  @Test
  void asksAndReads() throws IOException {
    answering(false, OK);
    assertThat(client.get("/").path("state").asString("")).isEqualTo("Running");
    answering(false, "HTTP/1.1 204 \r\nServer: Firecracker API\r\n\r\n");
    client.put(ApiCall.START.path(), ApiCall.START.body());
    client.patch(ApiCall.PAUSE.path(), ApiCall.PAUSE.body());
    assertThat(firecracker.requests)
        .containsExactly(
            "GET /",
            "PUT /actions {\"action_type\":\"InstanceStart\"}",
            "PATCH /vm {\"state\":\"Paused\"}");
  }

  @Test
  void anAnswerMayComeByteByByte() throws IOException {
    firecracker.answering(new Raw(List.of(OK.split("")), 1, false));
    assertThat(new FirecrackerApi(folder.resolve("s"), Duration.ofSeconds(10)).get("/").toString())
        .isEqualTo("{\"state\":\"Running\"}");
  }

  @Test
  void aRefusalIsQuoted() {
    answering(false, "HTTP/1.1 400 \r\nContent-Length: 24\r\n\r\n{\"fault_message\":\"Bad.\"}");
    assertThatThrownBy(() -> client.put("/vsock", List.of()))
        .isInstanceOf(HostFault.class)
        .hasMessage("Firecracker refused PUT /vsock: Bad.");
  }

  @Test
  void aFullServerIsSaid() {
    answering(true, "HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n");
    assertThatThrownBy(() -> client.get("/"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("503");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 \r\nContent-Length: 19\r\n",
        "HTTP/1.1 200 \r\nContent-Length: 19\r\n\r\n{\"state\":\"Ru",
      })
  void halfAnAnswerIsNone(String half) {
    answering(true, half);
    assertThatThrownBy(() -> client.get("/"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hung up on GET /");
    answering(false, half);
    assertThatThrownBy(() -> client.get("/"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("did not answer GET / within");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "220 mail ESMTP\r\n\r\n",
        "HTTP/1.1 abc \r\n\r\n",
        "\u0000\u0001\u0002\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Length: 99999999\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n{",
      })
  void garbageIsAFaultThatQuotesIt(String garbage) {
    answering(false, garbage);
    assertThatThrownBy(() -> client.get("/"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("Firecracker answered GET / with");
  }

  @Test
  void endlessHeadersAreCutOff() {
    answering(false, "HTTP/1.1 200 \r\nX: " + "x".repeat(8 << 20));
    assertThatThrownBy(() -> client.get("/")).isInstanceOf(HostFault.class);
  }

  @Test
  void aDripDoesNotMoveTheDeadline() {
    firecracker.answering(new Raw(List.of(OK.split("")), 50, false));
    long start = System.nanoTime();
    assertThatThrownBy(() -> client.get("/"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("within");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void whereNobodyListensItSaysSo() throws IOException {
    firecracker.close();
    assertThatThrownBy(() -> client.get("/")).isInstanceOf(IOException.class);
  }
}
