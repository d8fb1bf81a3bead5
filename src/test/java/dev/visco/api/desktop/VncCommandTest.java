package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.ApiAddress;
import dev.visco.cli.Visco;
import dev.visco.desktop.DesktopService.View;
import dev.visco.model.VmId;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code visco vnc}, with viewers that speak plain RFB, and the API as it is. */
@Timeout(60)
class VncCommandTest {
  private static final byte[] KEY = {4, 1, 0, 0, 0, 0, 0, 97};
  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CompletableFuture<Integer> code = new CompletableFuture<>();
  private DesktopsUnderTest api;
  private RfbGuest guest;
  private VmId id;

  @BeforeEach
  void start() {
    api = DesktopsUnderTest.start(folder);
    guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD);
    id = api.ready(guest);
  }

  @AfterEach
  void end() {
    guest.close();
    api.close();
  }

  private static PrintStream to(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private Thread run(String... arguments) {
    return Thread.ofVirtual()
        .start(() ->
            code.complete(
                Visco.commandLine(
                        flags -> new ApiAddress("127.0.0.1", api.port(), DesktopsUnderTest.TOKEN),
                        to(out),
                        to(err),
                        List.of())
                    .execute(arguments)));
  }

  private int port() {
    var line = Pattern.compile("  vncviewer 127\\.0\\.0\\.1::(\\d+)\n");
    return Awaitility.await()
        .until(
            () -> {
              var matcher = line.matcher(out.toString(StandardCharsets.UTF_8));
              return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
            },
            port -> port > 0);
  }

  /** A viewer of version 3.3, as old ones are; through its handshake. */
  private static Socket viewer(int port) throws IOException {
    var socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(20_000);
    var in = new DataInputStream(socket.getInputStream());
    assertThat(in.readNBytes(12)).asString().isEqualTo("RFB 003.008\n");
    socket.getOutputStream().write("RFB 003.003\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(in.readInt()).as("no password").isEqualTo(1);
    socket.getOutputStream().write(0);
    assertThat(in.readNBytes(RfbGuest.SERVER_INIT.length)).isEqualTo(RfbGuest.SERVER_INIT);
    return socket;
  }

  @Test
  void severalViewersConnectToItsPortAndEachIsRecordedUntilItGoes() throws Exception {
    Thread command = run("vnc", id.value(), "--at", "127.0.0.1:0");
    int port = port();
    try (Socket one = viewer(port);
        Socket other = viewer(port)) {
      one.getOutputStream().write(KEY);
      other.getOutputStream().write(KEY);
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(guest.connections())
                  .hasSize(2)
                  .allSatisfy(it -> assertThat(it.received()).isEqualTo(KEY)));
      assertThat(api.desktops.views(id)).hasSize(2).allMatch(view -> view.ended() == null);
    }
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(api.desktops.views(id)).allMatch(view -> view.ended() != null));
    command.interrupt();
    assertThat(code.get(20, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void forProgramsTheAddressIsOneLineOfJson() throws Exception {
    Thread command = run("vnc", id.value(), "--at", "127.0.0.1:0", "--json");
    Awaitility.await().until(() -> out.toString(StandardCharsets.UTF_8).endsWith("\n"));
    JsonNode said = Json.read(out.toString(StandardCharsets.UTF_8), JsonNode.class);
    assertThat(said.path("vmId").asString()).isEqualTo(id.value());
    assertThat(said.path("address").asString()).isEqualTo("127.0.0.1");
    viewer(said.path("port").asInt()).close();
    command.interrupt();
    code.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aViewerOfAPortThatOnlyLooksTypesInVain() throws Exception {
    Thread command = run("vnc", id.value(), "--at", "127.0.0.1:0", "--view-only");
    try (Socket viewer = viewer(port())) {
      viewer.getOutputStream().write(KEY);
      viewer.getOutputStream().write(new byte[] {3, 0, 0, 0, 0, 0, 0, 2, 0, 1});
      Awaitility.await()
          .untilAsserted(() -> assertThat(guest.connections().getFirst().received()).hasSize(10));
      assertThat(api.desktops.views(id)).extracting(View::viewOnly).containsExactly(true);
    }
    command.interrupt();
    code.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aVmThatEndsEndsItsViewersAndSaysWhy() throws Exception {
    Thread command = run("vnc", id.value(), "--at", "127.0.0.1:0");
    try (Socket viewer = viewer(port())) {
      api.vms.destroy(id);
      assertThat(viewer.getInputStream().read()).isEqualTo(-1);
    }
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("visco: a viewer has gone: destroying: The VM is destroying. (4009)"));
    command.interrupt();
    code.get(20, TimeUnit.SECONDS);
  }
}
