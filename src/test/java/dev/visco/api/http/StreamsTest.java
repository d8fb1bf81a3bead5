package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What waits or follows costs nothing while nothing happens, and ends with its client. */
@Timeout(120)
class StreamsTest {
  private static final int FOLLOWERS = 100;
  private static final int POLLS = 800;
  private static final Duration HOUR = Duration.ofHours(1);
  @TempDir private Path folder;
  private ApiUnderTest api;
  private String id = "";
  private final List<Socket> sockets = new ArrayList<>();

  @BeforeEach
  void aVmThatIsReady() throws Exception {
    start(1024);
  }

  private void start(int streams) throws Exception {
    api =
        ApiUnderTest.start(
            folder, new ApiConnector.ConnectionLimits(2000, 2000, HOUR, HOUR, HOUR, streams));
    id = api.create();
    api.vms.settle(new VmId(id), VmState.READY, null);
  }

  @AfterEach
  void end() throws Exception {
    leave();
    api.close();
    assertThat(api.vms.guest.open).as("sessions left open").hasValue(0);
  }

  private void leave() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  private static ConditionFactory within5Seconds() {
    return Awaitility.await().atMost(Duration.ofSeconds(5));
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  private void open(String line, String... headers) throws IOException {
    sockets.add(api.open(line, headers));
  }

  private double streams(String kind) {
    return api.metric("visco.api.streams{kind=" + kind + "}");
  }

  private static String firstLine(Socket socket, String end) throws IOException {
    var text = new StringBuilder();
    while (!text.toString().endsWith(end)) {
      int one = socket.getInputStream().read();
      assertThat(one).as(text.toString()).isNotNegative();
      text.append((char) one);
    }
    return text.toString();
  }

  @Test
  void followersThatLeaveLeaveNothing() throws Exception {
    Path console = folder.resolve(id + ".log");
    Files.writeString(console, "begun\n");
    open("GET /api/vms/" + id + "/console?follow=true");
    within5Seconds().until(() -> streams("console") == 1);
    leave();
    within5Seconds().until(() -> streams("console") == 0);
    long before = descriptors();
    for (int one = 0; one < FOLLOWERS; one++) {
      open("GET /api/vms/" + id + "/console?follow=true");
    }
    for (Socket socket : sockets) {
      assertThat(firstLine(socket, "begun\n")).startsWith("HTTP/1.1 200");
    }
    assertThat(streams("console")).isEqualTo(FOLLOWERS);
    assertThat(consoleThreads()).as("threads that look at the file").isEqualTo(1);
    long looks = api.vms.looks.get();
    Files.writeString(console, "more\n", StandardOpenOption.APPEND);
    for (Socket socket : sockets) {
      firstLine(socket, "more\n");
    }
    assertThat(api.vms.looks.get()).as("looks at the VM while its guest speaks").isEqualTo(looks);
    leave(); // The guest says nothing any more.
    within5Seconds().until(() -> streams("console") == 0);
    within5Seconds().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
    within5Seconds().untilAsserted(() -> assertThat(consoleThreads()).isZero());
    assertThat(api.vms.watchers()).isZero();
  }

  private double consoleThreads() {
    return api.metric("visco.api.consoles{}");
  }

  @Test
  void longPollsCostTheChangesOfOthersNothingAndEndWithTheirClients() throws Exception {
    String other = api.create();
    open("GET /api/vms/" + id + "?after=2&timeout=10m");
    within5Seconds().until(() -> streams("poll") == 1);
    leave();
    within5Seconds().until(() -> streams("poll") == 0);
    long before = descriptors();
    for (int one = 0; one < POLLS; one++) {
      open("GET /api/vms/" + id + "?after=2&timeout=10m");
    }
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(streams("poll")).isEqualTo(POLLS);
          assertThat(api.vms.watchers()).isEqualTo(POLLS);
        });
    Awaitility.await().until(() -> api.vms.looks.get() >= 2L * POLLS);
    long looks = api.vms.looks.get();
    for (int change = 0; change < 100; change++) {
      api.vms.settle(new VmId(other), VmState.READY, null);
    }
    assertThat(api.vms.looks.get())
        .as("each is looked at once by its own change")
        .isEqualTo(looks + 100);
    leave();
    within5Seconds().until(() -> streams("poll") == 0);
    within5Seconds().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
    assertThat(api.vms.watchers()).isZero();
  }

  @Test
  void aCreateThatWaitsEndsWithItsClientAndTheVmStays() throws Exception {
    String body = "{\"userId\":\"u\",\"vmType\":\"cli\"}";
    Socket socket = api.open("POST /api/vms?wait=ready", "Content-Length: " + body.length());
    socket.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    within5Seconds().until(() -> streams("wait") == 1 && api.vms.watchers() == 1);
    socket.close();
    within5Seconds().until(() -> streams("wait") == 0);
    assertThat(api.get("/api/vms").json()).hasSize(2);
  }

  private Socket exec(String program) throws IOException {
    Socket socket =
        api.open(
            "GET /api/vms/" + id + "/exec",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
    assertThat(firstLine(socket, "\r\n\r\n")).startsWith("HTTP/1.1 101");
    frame(socket, 1, "{\"command\":[\"" + program + "\"]}");
    return socket;
  }

  /** Masked with zeros (RFC 6455, 5.3). */
  private static void frame(Socket socket, int opcode, String text) throws IOException {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    byte[] frame = new byte[6 + payload.length];
    frame[0] = (byte) (0x80 | opcode);
    frame[1] = (byte) (0x80 | payload.length);
    System.arraycopy(payload, 0, frame, 6, payload.length);
    socket.getOutputStream().write(frame);
  }

  @Test
  void aCommandEndsWithItsClientThoughTheGuestIsSilent() throws Exception {
    Socket socket = exec("sleep");
    within5Seconds().until(() -> api.vms.guest.open.get() == 1);
    socket.close();
    within5Seconds().until(() -> api.vms.guest.open.get() == 0);
    within5Seconds().until(() -> streams("exec") == 0);
  }

  @Test
  void aCommandEndsWithItsClientThoughTheGuestTakesNothing() throws Exception {
    Socket socket = exec("deaf");
    within5Seconds().until(() -> api.vms.guest.open.get() == 1);
    frame(socket, 2, "input");
    frame(socket, 2, "more input");
    socket.close();
    within5Seconds().until(() -> api.vms.guest.open.get() == 0);
    within5Seconds().until(() -> streams("exec") == 0);
  }

  @Test
  void aCommandEndsWithItsClientThoughTheGuestDoesNotAnswer() throws Exception {
    api.vms.answers = new CountDownLatch(1);
    Socket socket = exec("cat");
    within5Seconds().until(() -> api.vms.connecting.get() == 1);
    socket.close();
    within5Seconds().until(() -> api.vms.connecting.get() == 0);
    within5Seconds().until(() -> streams("exec") == 0);
  }

  @Test
  void thereAreOnlySoManyAtATimeAndWhoComesTooLateIsTold() throws Exception {
    api.close();
    start(2);
    open("GET /api/vms/" + id + "/console?follow=true");
    open("GET /api/vms/" + id + "?after=2&timeout=10m");
    within5Seconds().until(() -> streams("console") + streams("poll") == 2);
    for (String path : List.of("/console?follow=true", "?after=2&timeout=10m")) {
      ApiUnderTest.Answer late = api.get("/api/vms/" + id + path);
      assertThat(late.status()).isEqualTo(429);
      assertThat(late.field("field")).isEqualTo("api.streams");
      assertThat(late.field("remedy")).contains("VISCO_STREAMS");
    }
    ApiUnderTest.Answer create =
        api.send("POST", "/api/vms?wait=ready", "{\"userId\":\"u\",\"vmType\":\"cli\"}");
    assertThat(create.status()).isEqualTo(429);
    assertThat(api.get("/api/vms").json()).as("half done").hasSize(1);
    ApiUnderTest.Answer delete = api.send("DELETE", "/api/vms/" + id + "?wait=destroyed", "");
    assertThat(delete.status()).isEqualTo(429);
    assertThat(api.get("/api/vms/" + id).field("state")).as("half done").isEqualTo("ready");
    assertThat(api.metric("visco.api.streams.refused{}")).isEqualTo(4);
    leave();
    within5Seconds().until(() -> streams("console") + streams("poll") == 0);
    open("GET /api/vms/" + id + "/console?follow=true");
    within5Seconds().until(() -> streams("console") == 1);
  }
}
