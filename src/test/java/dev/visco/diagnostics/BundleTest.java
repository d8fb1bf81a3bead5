package dev.visco.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What leaves the host in a bundle holds no secret that can be known as one. */
class BundleTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "console=ttyS0 app.password=geheim quiet | console=ttyS0 app.password=(removed) quiet",
        "API_KEY: sk-12345, next | API_KEY: (removed), next",
        "Authorization: Bearer abcdefgh12345678 | Authorization: Bearer (removed)",
        "GITHUB_TOKEN=ghp_xyz | GITHUB_TOKEN=(removed)",
        "db_passwd=a,b | db_passwd=(removed),b",
        "root=PARTUUID=fb9cce59-a6e2 rw | root=PARTUUID=fb9cce59-a6e2 rw",
        "random: crng init done | random: crng init done"
      })
  void whatIsNamedAsASecretIsStruckOut(String text, String left) {
    assertThat(Bundle.withoutSecrets(text)).isEqualTo(left);
  }

  @Test
  void privateKeysGoWholeEvenWhenTheyAreCutOff() {
    String key =
        "before\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----\nafter";
    assertThat(Bundle.withoutSecrets(key)).isEqualTo("before\n(removed)\nafter");
    assertThat(Bundle.withoutSecrets(key.substring(0, 60))).isEqualTo("before\n(removed)");
  }

  @Test
  void documentsStayDocuments() {
    String text =
        Json.pretty(
            Map.of(
                "bootArgs",
                List.of("app.secret=\"quoted\\value\"", "quiet"),
                "token",
                "abc",
                "console",
                "login: \"password=x\"\n"));
    JsonNode read = Json.read(Bundle.withoutSecrets(text), JsonNode.class);
    assertThat(read.path("token").asString()).isEqualTo("(removed)");
    assertThat(read.path("bootArgs").get(1).asString()).isEqualTo("quiet");
    assertThat(read.toString()).doesNotContain("abc", "=x");
  }
}
