package dev.visco.session.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.visco.host.Detached;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the server that guests have, where this host has it too. */
class XvncTest {
  private static final Path XVNC = Path.of("/usr/bin/Xtigervnc");
  private static final VncPassword PASSWORD = new VncPassword("pass-w0d");
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final LinuxHost host = new LinuxHost();
  private @Nullable ProcessRef server;
  private int port;

  @BeforeEach
  void needsXvnc() throws IOException {
    Assumptions.assumeTrue(Files.exists(XVNC), "no Xtigervnc on this host");
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  private void start(String... more) throws IOException {
    Path password = Files.write(folder.resolve("password"), PASSWORD.file());
    var command = new ArrayList<>(List.of(XVNC.toString(), ":" + (1000 + port % 30000)));
    command.addAll(List.of("-rfbport", "" + port, "-localhost=1", "-SecurityTypes", "VncAuth"));
    command.addAll(List.of("-PasswordFile", password.toString(), "-geometry", "1000x700"));
    command.addAll(List.of("-depth", "24", "-nolisten", "tcp", "-extension", "GLX"));
    command.addAll(List.of(more));
    ProcessRef started = host.start(new Detached(command, folder.resolve("log")));
    server = started;
    Awaitility.await()
        .atMost(SOON)
        .until(() -> {
          try (var tried = connected()) {
            return tried.isConnected();
          } catch (IOException e) {
            assertThat(host.isAlive(started)).as("Xtigervnc runs").isTrue();
            return false;
          }
        });
  }

  private Socket connected() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  @AfterEach
  void end() {
    ProcessRef started = server;
    if (started != null) {
      host.terminate(started, true);
      Awaitility.await().atMost(SOON).until(() -> !host.isAlive(started));
    }
  }

  private Picture look(VncPassword password, Duration max) throws IOException, RfbBroken {
    try (Socket socket = connected();
        var client = RfbClient.open(RfbStream.of(socket), password, SOON, banner -> {})) {
      assertThat(client.banner()).isEqualTo("RFB 003.008");
      return client.picture(max);
    }
  }

  @Test
  void aScreenIsSeenWhole() throws IOException, RfbBroken {
    start("-retro"); // Its background is a pattern of two colours.
    Picture picture = look(PASSWORD, SOON);
    assertThat(picture.width()).isEqualTo(1000);
    assertThat(picture.height()).isEqualTo(700);
    assertThat(picture.colours()).isEqualTo(2);
    assertThat(List.of(picture.pixel(996, 698), picture.pixel(997, 698), picture.pixel(998, 698)))
        .as("its last corner has the pattern too")
        .contains(0, 0xffffff);
  }

  @Test
  void aScreenWithNothingOnItIsBlank() throws IOException, RfbBroken {
    start();
    assertThat(look(PASSWORD, Duration.ofSeconds(1)).isBlank()).isTrue();
  }

  @Test
  void aWrongPasswordIsRefused() throws IOException {
    start();
    RfbBroken broken =
        catchThrowableOfType(RfbBroken.class, () -> look(new VncPassword("an-other"), SOON));
    assertThat(broken.stage()).isEqualTo(RfbBroken.RfbStage.PASSWORD);
    assertThat(broken).hasMessageContaining("refuses");
  }
}
