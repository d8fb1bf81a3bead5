package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The exec WebSocket, frame by frame. */
@Timeout(60)
class ExecSocketTest {
  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private ApiUnderTest api;
  private String id = "";

  @BeforeEach
  void aVmThatIsReady() throws Exception {
    api = ApiUnderTest.start(folder);
    id = api.create();
    api.vms.settle(new VmId(id), VmState.READY, null);
  }

  @AfterEach
  void noSessionIsLeft() {
    Awaitility.await().until(() -> api.vms.guest.open.get() == 0);
    client.close();
    api.close();
  }

  /** Collects what the server sends, by channel. */
  private static final class Client implements WebSocket.Listener {
    private final ByteArrayOutputStream[] channels = {
      new ByteArrayOutputStream(), new ByteArrayOutputStream(), new ByteArrayOutputStream()
    };
    private final CompletableFuture<ExecMessage> last = new CompletableFuture<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream();
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean isLast) {
      while (data.hasRemaining()) {
        frame.write(data.get());
      }
      if (isLast) {
        byte[] whole = frame.toByteArray();
        frame.reset();
        synchronized (channels) {
          channels[whole[0]].write(whole, 1, whole.length - 1);
        }
      }
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
      text.append(data);
      if (isLast) {
        last.complete(Json.read(text.toString(), ExecMessage.class));
      }
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return CompletableFuture.completedFuture(null);
    }

    String channel(byte number) {
      synchronized (channels) {
        return channels[number].toString(StandardCharsets.UTF_8);
      }
    }

    ExecMessage last() throws Exception {
      ExecMessage message = last.get(30, TimeUnit.SECONDS);
      assertThat(closed.get(30, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
      return message;
    }
  }

  private WebSocket open(Client listener) {
    return open(listener, id, "Bearer " + ApiUnderTest.TOKEN);
  }

  private WebSocket open(Client listener, String vm, String authorization) {
    return client
        .newWebSocketBuilder()
        .header("Authorization", authorization)
        .buildAsync(URI.create("ws://" + api.address() + "/api/vms/" + vm + "/exec"), listener)
        .join();
  }

  private static void start(WebSocket socket, String... command) {
    socket.sendText(Json.line(ExecMessage.start(List.of(command))), true).join();
  }

  private static void input(WebSocket socket, String text) {
    socket.sendBinary(StandardCharsets.UTF_8.encode(text), true).join();
  }

  @Test
  void inputComesBackAsOutputAndItsEndEndsTheCommand() throws Exception {
    var seen = new Client();
    WebSocket socket = open(seen);
    start(socket, "cat");
    input(socket, "one ");
    input(socket, "two");
    socket.sendText(Json.line(ExecMessage.endOfInput()), true).join();
    assertThat(seen.last().exit()).isEqualTo(0);
    assertThat(seen.channel(ExecMessage.OUTPUT)).isEqualTo("one two");
    assertThat(seen.channel(ExecMessage.ERROR)).isEmpty();
  }

  /** Its channel is closed from the other side then, before its end is told. */
  @Test
  void aCommandThatHasClosedItsInputEndsWithItsOwnExitCode() throws Exception {
    var seen = new Client();
    WebSocket socket = open(seen);
    start(socket, "early");
    input(socket, "too late");
    socket.sendText(Json.line(ExecMessage.endOfInput()), true).join();
    socket.sendText(Json.line(ExecMessage.ofSignal("TERM")), true).join();
    assertThat(seen.last().exit()).isEqualTo(143);
  }

  @Test
  void errorsHaveTheirOwnChannelAndTheExitCodeIsTheCommands() throws Exception {
    var seen = new Client();
    start(open(seen), "fail");
    assertThat(seen.last().exit()).isEqualTo(3);
    assertThat(seen.channel(ExecMessage.ERROR)).isEqualTo("it failed\n");
    assertThat(seen.channel(ExecMessage.OUTPUT)).isEmpty();
  }

  @Test
  void aTerminalHasItsKindAndSizeAndIsResized() throws Exception {
    var seen = new Client();
    WebSocket socket = open(seen);
    socket
        .sendText(Json.line(ExecMessage.start(List.of()).onTerminal("vt100", 132, 43)), true)
        .join();
    assertThat(api.vms.guest.terminals.poll(30, TimeUnit.SECONDS)).isEqualTo("[] vt100 132x43");
    socket.sendText(Json.line(ExecMessage.ofSize(100, 30)), true).join();
    assertThat(api.vms.guest.terminals.poll(30, TimeUnit.SECONDS)).isEqualTo("100x30");
    socket.sendText(Json.line(ExecMessage.endOfInput()), true).join();
    assertThat(seen.last().exit()).isEqualTo(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | command \"\" is missing",
        "{\"resize\":[80,24]} | command \"\" is missing",
        "{\"command\":[\"cat\"],\"tty\":true,\"resize\":[80]} | resize \"[80]\" is no size",
        "{\"command\":[\"cat\"],\"tty\":true,\"resize\":[0,24]} | resize \"[0, 24]\" is no size",
        "{\"command\":[\"cat\"],\"tty\":true,\"resize\":[80,null]} | resize: not a whole number",
        "{\"command\":[\"cat\"],\"timeout\":\"soon\"} | timeout \"soon\" is not a time",
        "{\"command\":\"cat\"} | command: ",
        "{\"shell\":true} | shell: ",
        "no JSON | body: Unrecognized token"
      })
  void aFirstFrameThatCannotBeIsAnsweredByFieldAndTheSocketCloses(String frame, String says)
      throws Exception {
    var seen = new Client();
    open(seen).sendText(frame, true).join();
    assertThat(seen.last().error()).startsWith(says);
  }

  @Test
  void compressionIsOfferedInVain() throws Exception {
    try (var socket =
        RawWebSocket.open(
            new Socket("127.0.0.1", api.port()),
            api.address(),
            "/api/vms/" + id + "/exec",
            List.of(
                "Authorization: Bearer " + ApiUnderTest.TOKEN,
                "Sec-WebSocket-Extensions: permessage-deflate"))) {
      assertThat(socket.head()).contains(" 101 ").doesNotContainIgnoringCase("deflate");
    }
  }

  @Test
  void aTimeoutEndsTheCommand() throws Exception {
    var seen = new Client();
    open(seen)
        .sendText(
            Json.line(ExecMessage.start(List.of("sleep")).with(null, null, null, "50ms")), true)
        .join();
    ExecMessage last = seen.last();
    assertThat(last.exit()).isEqualTo(124);
    assertThat(last.timedOut()).isTrue();
  }

  @Test
  void aBadResizeEndsARunningTerminalWithTheReason() throws Exception {
    var seen = new Client();
    WebSocket socket = open(seen);
    socket
        .sendText(Json.line(ExecMessage.start(List.of()).onTerminal("xterm", 80, 24)), true)
        .join();
    socket.sendText("{\"resize\":[]}", true).join();
    assertThat(seen.last().error()).contains("is no size of a terminal");
  }

  @Test
  void aVmThatIsNotThereOrNotReadyIsSaid() throws Exception {
    var gone = new Client();
    start(open(gone, "vm-0badcafe", "Bearer " + ApiUnderTest.TOKEN), "cat");
    assertThat(gone.last().error()).contains("There is no VM \"vm-0badcafe\"");
    var early = new Client();
    start(open(early, api.create(), "Bearer " + ApiUnderTest.TOKEN), "cat");
    assertThat(early.last().error()).contains("is creating");
  }

  @Test
  void aGuestThatDoesNotAnswerAndAHostThatFailsAreQuoted() throws Exception {
    api.vms.unreachable =
        new GuestUnreachable(GuestUnreachable.GuestStage.NO_ANSWER, "no answer within 15 s", null);
    var silent = new Client();
    start(open(silent), "cat");
    assertThat(silent.last().error()).isEqualTo("no answer within 15 s");
    api.vms.fault = new HostFault("the key cannot be read");
    var broken = new Client();
    start(open(broken), "cat");
    assertThat(broken.last().error()).isEqualTo("the key cannot be read");
  }

  private String error(String token, RuntimeException fault) throws Exception {
    var seen = new Client();
    WebSocket socket = open(seen, id, "Bearer " + token);
    api.vms.fault = fault;
    start(socket, "cat");
    return seen.last().error() + "";
  }

  @Test
  void aUserIsToldNothingThatIsTheHostsAlone() throws Exception {
    String user = ApiUnderTest.USERS_TOKEN;
    assertThat(error(user, new HostFault("/data/vms/key cannot be read")))
        .matches("Something failed that should have worked\\. \\([0-9a-f]{8}\\)");
    var full = new Refused(new Refusal.NoFreeSlot("10.7.0.0/16", 253));
    assertThat(error(user, full))
        .isEqualTo(
            "The host has no free address at the moment."
                + " Try again later, or ask whoever runs the host.");
    assertThat(error(ApiUnderTest.TOKEN, full)).contains("10.7.0.0/16");
    var busy = new Busy("100 MiB are taken");
    assertThat(error(user, busy)).startsWith("The host is busy with other work. Try again");
    assertThat(error(ApiUnderTest.TOKEN, busy))
        .isEqualTo("100 MiB are taken Try again in a moment.");
    var own = new Refused(new Refusal.Conflict("The VM is paused.", "Resume it."));
    assertThat(error(user, own)).isEqualTo("The VM is paused. Resume it.");
  }

  @Test
  void aConnectionIntoTheGuestThatBreaksIsAnErrorAndNoExitCode() throws Exception {
    var seen = new Client();
    start(open(seen), "hang");
    assertThat(seen.last().exit()).isNull();
    assertThat(seen.last().error()).isEqualTo("did not end in time");
  }

  @Test
  void aClientThatGoesEndsItsCommand() throws Exception {
    WebSocket socket = open(new Client());
    start(socket, "cat");
    Awaitility.await().until(() -> api.vms.guest.open.get() == 1);
    socket.abort();
    Awaitility.await().until(() -> api.vms.guest.open.get() == 0);
  }

  @Test
  void withoutAKnownTokenThereIsNoSocket() {
    CompletionException refused =
        org.junit.jupiter.api.Assertions.assertThrows(
            CompletionException.class, () -> open(new Client(), id, "Bearer wrong"));
    var handshake = (WebSocketHandshakeException) Objects.requireNonNull(refused.getCause());
    assertThat(handshake.getResponse().statusCode()).isEqualTo(401);
    assertThat(handshake.getResponse().headers().firstValue("Content-Type"))
        .hasValue("application/problem+json");
  }
}
