package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.tls.TestCertificate;
import dev.visco.cli.ApiAddress;
import dev.visco.cli.CommandEntry;
import dev.visco.cli.Visco;
import dev.visco.settings.Key;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code visco config}. */
@Timeout(60)
class ConfigCommandTest {
  @TempDir private Path folder;
  private final Map<String, String> environment = new HashMap<>();

  /** What a command printed, and its exit code. */
  private record Said(int code, String out, String err) {}

  @BeforeEach
  void configuration() {
    environment.put("VISCO_CONFIG", folder.toString());
  }

  private Said run(String... arguments) {
    var program = new Program(Path.of("").toAbsolutePath(), Map.copyOf(environment));
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Visco.commandLine(
                flags -> new ApiAddress("127.0.0.1", 1, "token"),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                List.of(
                    new CommandEntry(
                        context -> ConfigCommand.commandLine(context, program), "config")))
            .execute(arguments);
    return new Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private void file(String text) throws IOException {
    Files.writeString(folder.resolve("visco.toml"), text);
  }

  @Test
  void showsEachSettingWithWhereItWasSet() throws IOException {
    file("[network]\npool = \"10.9.0.0/24\"\n");
    environment.put("VISCO_LISTEN", "127.0.0.1:3001");
    Said said = run("config", "show", "--set", "api.streams=7");
    assertThat(said.out().lines()).hasSize(Key.values().length + 1);
    assertThat(said.out())
        .containsPattern("network\\.pool +10\\.9\\.0\\.0/24 +" + folder + "/visco\\.toml\n")
        .containsPattern("listen +127\\.0\\.0\\.1:3001 +VISCO_LISTEN\n")
        .containsPattern("api\\.streams +7 +--set\n")
        .containsPattern("data +/var/lib/visco +default\n");
    JsonNode one = Json.mapper().readTree(run("config", "show", "network.pool", "--json").out());
    assertThat(one).hasSize(1);
    assertThat(one.get(0).path("value").asString()).isEqualTo("10.9.0.0/24");
    assertThat(run("config").out()).startsWith("SETTING");
    assertThat(run("config", "show", "network.pol").err())
        .contains("\"network.pol\" is no setting");
  }

  @Test
  void checksTheCertificateAndItsKey() throws IOException {
    TestCertificate made = TestCertificate.in(folder.resolve("tls"));
    file("[tls]\ncertificate = \"%s\"\nkey = \"%s\"\n".formatted(made.certificate(), made.key()));
    assertThat(run("config", "check").out())
        .containsPattern(
            "Certificate: localhost, visco\\.example, 127\\.0\\.0\\.1 until 20\\d\\d-");
    Files.writeString(made.key(), "none");
    Said refused = run("config", "check");
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err()).contains("tls.key \"" + made.key() + "\"", "openssl pkey");
  }

  @Test
  void checksWhatTheDaemonWouldRead() throws IOException {
    file("[api]\nstreams = 7\n");
    Said said = run("config", "check");
    assertThat(said.err()).isEmpty();
    assertThat(said.out())
        .matches(
            "In order: 1 settings that were set, \\d+ VM types, \\d+ providers, \\d+ recipes\\.\n");
    assertThat(Json.mapper().readTree(run("config", "check", "--json").out()).path("types").asInt())
        .isPositive();
  }

  @Test
  void whatIsWrongIsNamedWithItsPlace() throws IOException {
    file("[api]\nstreams = \"many\"\n");
    Said setting = run("config", "check");
    assertThat(setting.code()).isEqualTo(3);
    assertThat(setting.err()).contains("api.streams \"many\" in " + folder + "/visco.toml ");
    file("[api]\nstreamz = 7\n");
    assertThat(run("config", "check").err()).contains("\"api.streamz\"");
    file("");
    Files.writeString(
        Files.createDirectories(folder.resolve("types")).resolve("odd.toml"), "image = 3\n");
    Said type = run("config", "check", "--json");
    assertThat(type.code()).isEqualTo(3);
    assertThat(Json.mapper().readTree(type.err()).path("detail").asString()).contains("odd");
    Files.delete(folder.resolve("types/odd.toml"));
    Files.writeString(
        Files.createDirectories(folder.resolve("providers")).resolve("odd.toml"), "title = 3\n");
    assertThat(run("config", "check").err()).contains("title \"3\" in ", "odd.toml");
    Files.delete(folder.resolve("providers/odd.toml"));
    Files.writeString(
        Files.createDirectories(folder.resolve("images")).resolve("odd.toml"), "packages = 3\n");
    assertThat(run("config", "check").code()).isEqualTo(3);
  }
}
