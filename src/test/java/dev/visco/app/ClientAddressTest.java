package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which daemon a command goes to. */
class ClientAddressTest {
  @TempDir private Path folder;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void aContextIsInUse() throws Exception {
    Path file = folder.resolve("visco/contexts.json");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "{\"current\":\"lab\",\"contexts\":{\"lab\":{\"url\":\"http://lab.example:80\",\"token\":\"t\"}}}");
    environment.put("XDG_CONFIG_HOME", folder.toString());
    environment.put("VISCO_CONFIG", folder.toString());
    environment.put("VISCO_TOKEN", "here");
  }

  private String of(Map<String, String> flags) {
    return new Program(Path.of(""), environment).client(flags).toString();
  }

  @Test
  void theContextInUseIsTheOne() {
    assertThat(of(Map.of())).isEqualTo("http://lab.example:80");
  }

  @Test
  void aFlagOrAVariableThatNamesThisHostsDaemonComesBeforeIt() {
    assertThat(of(Map.of("listen", "127.0.0.1:3001"))).isEqualTo("http://127.0.0.1:3001");
    environment.put("VISCO_LISTEN", "127.0.0.1:3002");
    assertThat(of(Map.of())).isEqualTo("http://127.0.0.1:3002");
  }

  @Test
  void thisHostsDaemonIsReachedByHttpsWhereItShowsACertificate() throws IOException {
    String data = Files.createDirectory(folder.resolve("data")).toString();
    var flags = new HashMap<>(Map.of("data", data, "listen", "127.0.0.1:3001"));
    assertThat(of(flags)).isEqualTo("http://127.0.0.1:3001");
    Files.writeString(folder.resolve("data/certificate.pem"), "");
    assertThat(of(flags)).isEqualTo("https://127.0.0.1:3001");
    Files.delete(folder.resolve("data/certificate.pem"));
    flags.put("tls.certificate", "/c.pem");
    assertThat(of(flags)).as("a daemon of older settings").isEqualTo("http://127.0.0.1:3001");
    flags.put("data", "/no/such/folder");
    assertThat(of(flags)).as("nobody may look").isEqualTo("https://127.0.0.1:3001");
  }

  @Test
  void aVariableThatNamesAnotherComesBeforeOneThatNamesThisHosts() {
    environment.put("VISCO_LISTEN", "127.0.0.1:3002");
    environment.put("VISCO_HOST", "https://other.example");
    assertThat(of(Map.of())).isEqualTo("https://other.example:443");
    assertThat(of(Map.of("listen", "127.0.0.1:3001"))).isEqualTo("http://127.0.0.1:3001");
  }
}
