package dev.visco.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CredentialContentTest {
  private static final Map<String, Provider> PROVIDERS =
      Providers.read(List.of(Path.of("providers")));
  private static final Provider CLAUDE = provider("claude-code");
  private static final Provider CODEX = provider("codex");
  private static final Provider GITHUB = provider("github");
  private static final Provider QWEN = provider("qwen");
  private static final String CLAUDE_FILE = "~/.claude/.credentials.json";
  private static final String HOSTS = "~/.config/gh/hosts.yml";

  private static Provider provider(String name) {
    return Objects.requireNonNull(PROVIDERS.get(name));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String claude(String access, long expires) {
    return "{\"claudeAiOauth\":{\"accessToken\":\"%s\",\"refreshToken\":\"r\",\"expiresAt\":%d}}"
        .formatted(access, expires);
  }

  @Test
  void whatIsPackedComesBackByteForByte() {
    byte[] odd = {0, 1, (byte) 0xff, '\n'};
    var content = new CredentialContent(Map.of(HOSTS, odd), Map.of("GH_TOKEN", bytes("t")));
    CredentialContent found = CredentialContent.of(GITHUB, content.pack());
    assertThat(found.isSame(content)).isTrue();
    assertThat(found.files().get(HOSTS)).containsExactly(odd);
    assertThat(found.toString()).isEqualTo("files [" + HOSTS + "], variables [GH_TOKEN]");
  }

  @Test
  void pathsThatTheProviderDoesNotKnowAreLeftOut() {
    var content =
        new CredentialContent(
            Map.of("~/.bashrc", bytes("rm"), CLAUDE_FILE, bytes("x")), Map.of("PATH", bytes("/")));
    CredentialContent found = CredentialContent.of(CLAUDE, content.pack());
    assertThat(found.files()).containsOnlyKeys(CLAUDE_FILE);
    assertThat(found.variables()).isEmpty();
  }

  @Test
  void whatIsCutOffIsRefusedAtEachPlace() {
    byte[] packed = new CredentialContent(Map.of(CLAUDE_FILE, bytes("value")), Map.of()).pack();
    int mark = "visco-credential\0\1".length();
    for (int length = mark + 1; length < packed.length; length++) {
      byte[] cut = Arrays.copyOf(packed, length);
      assertThatThrownBy(() -> CredentialContent.of(CLAUDE, cut))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("is cut off");
    }
  }

  @Test
  void aValueThatWasPutByHandIsTheFileOrTheVariable() {
    assertThat(CredentialContent.of(QWEN, bytes("sk-1\n")).variables())
        .hasEntrySatisfying("OPENAI_API_KEY", value -> assertThat(value).isEqualTo(bytes("sk-1")));
    assertThat(CredentialContent.of(CLAUDE, bytes(claude("a", 1))).files())
        .containsOnlyKeys(CLAUDE_FILE);
    assertThat(CredentialContent.of(GITHUB, bytes("github.com:\n    oauth_token: t\n")).files())
        .containsOnlyKeys(HOSTS);
    assertThat(CredentialContent.of(GITHUB, bytes("gho_1")).variables())
        .containsOnlyKeys("GH_TOKEN");
  }

  @Test
  void aFileIsNoCredentialUnlessItsFieldsHaveSomething() {
    CredentialContent good = CredentialContent.of(CLAUDE, bytes(claude("a", 1)));
    assertThat(good.problem(CLAUDE)).isEmpty();
    CredentialContent empty = CredentialContent.of(CLAUDE, bytes(claude("", 1)));
    assertThat(empty.problem(CLAUDE))
        .contains("The file " + CLAUDE_FILE + " has nothing at /claudeAiOauth/accessToken.");
    CredentialContent torn = CredentialContent.of(CLAUDE, bytes("{\"claudeAiOauth\":{\"acc"));
    assertThat(torn.problem(CLAUDE)).contains("The file " + CLAUDE_FILE + " is not json.");
    CredentialContent none = new CredentialContent(Map.of(), Map.of());
    assertThat(none.problem(CLAUDE)).contains("The file " + CLAUDE_FILE + " is missing.");
    assertThat(none.problem(QWEN)).contains("It has no value of OPENAI_API_KEY.");
    CredentialContent lines = CredentialContent.of(QWEN, bytes("a\nb"));
    assertThat(lines.problem(QWEN)).contains("The variable OPENAI_API_KEY has several lines.");
  }

  @Test
  void yamlAsGhWritesItIsLookedInto() {
    String text =
        """
        # comment: no
        github.com:
            user: alice
            oauth_token: "gho_1"
            git_protocol: https
        other.example.com:
            oauth_token: x
        """;
    var file = GITHUB.credential().files().getFirst();
    assertThat(CredentialFields.problem(file, bytes(text))).isEmpty();
    assertThat(CredentialFields.problem(file, bytes(text.replace("\"gho_1\"", "\"\""))))
        .isPresent();
    assertThat(CredentialFields.problem(file, bytes("other.example.com:\n  oauth_token: x\n")))
        .isPresent();
  }

  @Test
  void commentsAndAnyKeyAreAllowedInJson() {
    var file = provider("copilot").credential().files().getFirst();
    String text =
        "// written by the tool\n{\"authTokens\":{\"https://github.com:a\":{\"token\":\"t\"}}}";
    assertThat(CredentialFields.problem(file, bytes(text))).isEmpty();
    assertThat(CredentialFields.problem(file, bytes("{\"authTokens\":{}}"))).isPresent();
  }

  @Test
  void theTimeIsReadAsTheProviderWritesIt() {
    CredentialContent claude = CredentialContent.of(CLAUDE, bytes(claude("a", 1_900_000_000_000L)));
    assertThat(claude.expires(CLAUDE)).isEqualTo(1_900_000_000_000L);
    String claims =
        Base64.getUrlEncoder().withoutPadding().encodeToString(bytes("{\"exp\":1900000000}"));
    String codex =
        "{\"tokens\":{\"access_token\":\"e30.%s.x\",\"refresh_token\":\"r\"}}".formatted(claims);
    assertThat(CredentialContent.of(CODEX, bytes(codex)).expires(CODEX))
        .isEqualTo(1_900_000_000_000L);
    String odd = "{\"tokens\":{\"access_token\":\"opaque\",\"refresh_token\":\"r\"}}";
    assertThat(CredentialContent.of(CODEX, bytes(odd)).expires(CODEX)).isNull();
    assertThat(CredentialContent.of(QWEN, bytes("k")).expires(QWEN)).isNull();
  }

  @Test
  void whatIsClosedHoldsZerosAlone() {
    byte[] value = bytes("secret");
    new CredentialContent(Map.of(HOSTS, value), Map.of()).close();
    assertThat(value).containsOnly(0);
  }
}
