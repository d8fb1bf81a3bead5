package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of an answer that broke off nothing is kept under the name that was asked for. */
@Timeout(60)
class BrokenAnswerTest {
  private static final String VM = "vm-0000000a";
  @TempDir private Path folder;
  private ServerSocket server;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  private void answering(String answer) {
    Thread.ofVirtual()
        .start(() -> {
          try (Socket socket = server.accept()) {
            InputStream in = socket.getInputStream();
            for (int ends = 0; ends < 2; ) {
              ends =
                  switch (in.read()) {
                    case '\n' -> ends + 1;
                    case '\r' -> ends;
                    default -> 0;
                  };
            }
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
          } catch (IOException e) {
            // The client has had enough.
          }
        });
  }

  private record Said(int code, String err) {}

  private Said run(String... arguments) {
    var err = new ByteArrayOutputStream();
    int code =
        Visco.commandLine(
                flags -> new ApiAddress("127.0.0.1", server.getLocalPort(), "token"),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                List.of())
            .execute(arguments);
    return new Said(code, err.toString(StandardCharsets.UTF_8));
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "Transfer-Encoding: chunked\r\n\r\n8\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nno number\r\n",
        "Content-Length: 100\r\n\r\nhalf",
        "Connection: close\r\n\r\nhalf"
      })
  void leavesNoFile(String rest) throws Exception {
    Path file = folder.resolve("file");
    answering("HTTP/1.1 200 OK\r\n" + rest);
    assertBroken(run("bundle", VM, "-o", file.toString()));
    assertThat(files()).isEmpty();
    answering("HTTP/1.1 200 OK\r\n" + rest);
    assertBroken(run("screenshot", VM, file.toString()));
    assertThat(files()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bundle", "screenshot"})
  void leavesTheFileThatWasThere(String command) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "what was there");
    answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    assertBroken(
        command.equals("bundle")
            ? run("bundle", VM, "-o", file.toString())
            : run("screenshot", VM, "--force", file.toString()));
    assertThat(file).hasContent("what was there");
    assertThat(files()).containsExactly(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ps", "logs vm-0000000a", "events"})
  void isNoSuccess(String command) {
    answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n");
    assertBroken(run(command.split(" ", -1)));
  }

  private static void assertBroken(Said said) {
    assertThat(said.code())
        .as(said.err())
        .isIn(CommandExitCode.FAILED, CommandExitCode.UNREACHABLE);
    assertThat(said.err()).containsAnyOf("broke off", "does not say where it ends");
  }
}
