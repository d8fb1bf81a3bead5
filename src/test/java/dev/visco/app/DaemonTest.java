package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.commands.RemedyCommands;
import dev.visco.host.LinuxHost;
import dev.visco.host.ServiceManager;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon does before it touches its host: its data folder, its first token, its port. */
@Timeout(60)
class DaemonTest {
  @TempDir private Path folder;

  private Settings settings(String listen) {
    return new Program(
            Path.of("").toAbsolutePath(), Map.of("VISCO_CONFIG", folder.resolve("etc").toString()))
        .settings(
            Map.of(
                "data",
                folder.resolve("data").toString(),
                "listen",
                listen,
                "network.nameserver",
                "192.0.2.53"));
  }

  private Daemon open(Settings settings) {
    return Daemon.open(settings, new LinuxHost());
  }

  @Test
  void aSecondDaemonOnTheSameDataFolderIsRefusedWithTheWayOut() {
    Settings settings = settings("127.0.0.1:0");
    try (var first = open(settings)) {
      assertThatThrownBy(() -> open(settings))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("Process " + ProcessHandle.current().pid())
          .hasMessageContaining("uses the data folder " + settings.data() + " already")
          .satisfies(
              e -> assertThat(RemedyCommands.message((Exception) e)).contains("visco daemon stop"))
          .hasMessageContaining("VISCO_DATA");
    }
    open(settings).close();
  }

  @Test
  void aTakenPortIsRefusedBeforeAnythingOnTheHostIsChanged() throws Exception {
    Settings settings = serveOnATakenPort();
    assertThat(settings.data().resolve("port")).doesNotExist();
    assertThat(stored(settings, "SELECT name FROM facts WHERE name = 'host-before'")).isEmpty();
  }

  /** Gets as far as its first token, and no further. */
  private Settings serveOnATakenPort() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String listen = "127.0.0.1:" + taken.getLocalPort();
      Settings settings = settings(listen);
      try (var daemon = open(settings)) {
        assertThatThrownBy(() -> daemon.serve(ServiceManager.NONE))
            .isInstanceOf(Refused.class)
            .hasMessageContaining("cannot listen on " + listen)
            .hasMessageContaining("VISCO_LISTEN");
      }
      return settings;
    }
  }

  private static List<String> stored(Settings settings, String query) throws Exception {
    var found = new ArrayList<String>();
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:" + settings.data().resolve("visco.db"));
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    }
    return found;
  }

  @Test
  void theFirstTokenIsForItsOwnerOnlyAndOnlyItsHashIsStored() throws Exception {
    Settings settings = serveOnATakenPort();
    Path file = settings.data().resolve("admin-token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    String token = Files.readString(file).strip();
    assertThat(token).matches("visco-[0-9a-f]{48}");

    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    assertThat(stored(settings, "SELECT digest FROM tokens"))
        .containsExactly(HexFormat.of().formatHex(hash));
    assertThat(filesThatHold(settings.data(), token)).containsExactly(file);
  }

  private static List<Path> filesThatHold(Path data, String text) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(file);
        }
      }
    }
    return found;
  }

  @Test
  void aLaterStartKeepsTheToken() throws Exception {
    Settings settings = serveOnATakenPort();
    String token = Files.readString(settings.data().resolve("admin-token"));
    serveOnATakenPort();
    assertThat(settings.data().resolve("admin-token")).hasContent(token);
    assertThat(stored(settings, "SELECT digest FROM tokens")).hasSize(1);
  }
}
