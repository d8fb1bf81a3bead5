package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.http.ProgressLines;
import dev.visco.api.http.Route;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** An answer that breaks in the middle looks broken to whoever reads it. */
@Timeout(60)
class BrokenStreamTest {
  private static final byte[] HALF = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
  @TempDir private Path folder;
  private ApiUnderTest api;

  /** What a handler may do in the middle of its answer. */
  private interface Work {
    void on(OutputStream out) throws IOException;
  }

  private static Route breaking(String path, Work work) {
    return Route.user("GET", path, exchange -> exchange.stream("text/plain", work::on));
  }

  private static Route failing(String path, Throwable fault) {
    return breaking(
        path,
        out -> {
          out.write(HALF);
          switch (fault) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalArgumentException(fault);
          }
        });
  }

  private static Route progress(String path, Throwable fault) {
    return Route.user(
        "GET",
        path,
        exchange ->
            ProgressLines.stream(
                exchange,
                "result",
                progress -> {
                  progress.report("half", 0.5);
                  switch (fault) {
                    case RuntimeException e -> throw e;
                    case Error e -> throw e;
                    default -> throw new IllegalArgumentException(fault);
                  }
                }));
  }

  @BeforeEach
  void start() {
    api =
        ApiUnderTest.start(
            folder,
            failing("/io", new IOException("the disk")),
            failing("/runtime", new IllegalStateException("secret internals")),
            failing("/error", new StackOverflowError()),
            failing("/refused", new Refused(new Refusal.Conflict("It went.", "Try again."))),
            breaking(
                "/zipped",
                out -> {
                  try (var zipped = new GZIPOutputStream(out)) {
                    zipped.write(HALF);
                    throw new IllegalStateException("after the archive was closed");
                  }
                }),
            breaking(
                "/nothing",
                out -> {
                  throw new IllegalStateException("before anything was sent");
                }),
            breaking("/whole", out -> out.write(HALF)),
            progress("/progress", new IllegalStateException("secret internals")),
            progress("/progress-error", new StackOverflowError()),
            progress("/progress-refused", new Refused(new Refusal.Conflict("It went.", "Again."))));
  }

  @AfterEach
  void end() {
    api.close();
  }

  /** Reads to the connection's end, whatever that is; null for a reset. */
  private byte[] read(String path, String version, String... headers) throws IOException {
    try (var socket = new Socket("127.0.0.1", api.port())) {
      socket.setSoTimeout(20_000);
      String head =
          "GET "
              + path
              + " HTTP/"
              + version
              + "\r\nHost: localhost\r\nAuthorization: Bearer "
              + ApiUnderTest.TOKEN
              + "\r\n"
              + String.join("\r\n", headers)
              + (headers.length > 0 ? "\r\n" : "")
              + "\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      return readAll(socket.getInputStream());
    }
  }

  private static byte[] readAll(InputStream in) throws IOException {
    var all = new ByteArrayOutputStream();
    in.transferTo(all);
    return all.toByteArray();
  }

  private static boolean isWhole(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    assertThat(text).startsWith("HTTP/1.1 200").containsIgnoringCase("transfer-encoding: chunked");
    return text.endsWith("\r\n0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/io", "/runtime", "/error", "/refused", "/zipped"})
  void anAnswerThatBreaksHasNoLastChunk(String path) throws Exception {
    assertThat(isWhole(read(path, "1.1"))).isFalse();
    // Without chunks its end would be that of the connection, like that of a whole one.
    assertThat(isWhole(read(path, "1.1", "Connection: close"))).isFalse();
    assertThatThrownBy(() -> api.get(path)).isInstanceOf(IOException.class);
  }

  @Test
  void oneThatIsWholeHasItsLastChunkForEveryClient() throws Exception {
    assertThat(isWhole(read("/whole", "1.1", "Connection: close"))).isTrue();
    assertThat(api.get("/whole").body()).hasSize(HALF.length);
    assertThat(read("/whole", "1.0")).endsWith(HALF);
  }

  /** There is nothing else in HTTP/1.0 that tells it. */
  @Test
  void ofHttp10TheConnectionIsReset() {
    assertThatThrownBy(() -> read("/runtime", "1.0")).isInstanceOf(SocketException.class);
  }

  @Test
  void oneThatBreaksBeforeItsFirstByteIsAProblem() throws Exception {
    var answer = api.get("/nothing");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.header("Transfer-Encoding")).isEmpty();
    assertThat(answer.field("remedy")).contains("The daemon's log");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/progress", "/progress-error", "/progress-refused"})
  void theLastLineOfProgressSaysHowItEnded(String path) throws Exception {
    List<String> lines = api.get(path).body().lines().toList();
    assertThat(lines).hasSize(2);
    JsonNode problem = Json.read(lines.getLast(), JsonNode.class).path("problem");
    assertThat(problem.path("status").asInt()).isGreaterThanOrEqualTo(400);
    assertThat(problem.path("remedy").asString()).isNotEmpty();
    assertThat(lines.getLast()).doesNotContain("secret internals");
  }
}
