package dev.visco.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProvidersTest {
  private static final String DEMO =
      """
      title = "Demo"
      tool = "demo"
      memory-mib = 64
      logout-revokes = true
      values = { issuer = "https://issuer.example.com" }

      [[login]]
      channel = "pty"
      command = ["demo", "login", "--issuer={issuer}"]
      environment = { DEMO_ISSUER = "{issuer}" }
      link = ["browser", "osc8"]
      redirect = { hosts = ["localhost"], port = 4242, path = "/callback" }
      max-time = "5m"

      [[login.questions]]
      text = "Really?"
      keys = ["y", "enter"]

      [[credential.files]]
      path = "~/.demo/auth.json"
      mode = "600"
      format = "json"
      fields = ["/token"]
      expiry = { field = "/expires", unit = "seconds" }

      [placeholder]
      hosts = ["api.example.com"]
      header = "Authorization"
      scheme = "Bearer"
      text = "demo-placeholder"
      environment = { DEMO_TOKEN = "demo-placeholder" }
      values = [{ header = "Demo-Account", text = "demo-account", field = "/account" }]
      """;

  @TempDir Path folder;

  private Provider only(String text) throws IOException {
    Files.writeString(folder.resolve("demo.toml"), text);
    return Providers.read(List.of(folder)).firstEntry().getValue();
  }

  @Test
  void readsThoseThatComeWithTheProgram() {
    var providers = Providers.read(List.of(Path.of("providers")));
    assertThat(providers)
        .containsOnlyKeys(
            "claude-code", "codex", "copilot", "gemini", "github", "oidc", "opencode", "qwen");
    assertThat(providers.values())
        .allSatisfy(provider -> {
          assertThat(provider.versions()).isNotEmpty();
          assertThat(provider.hosts()).isNotEmpty();
          assertThat(provider.check().online()).as("a file alone proves nothing").isNotEmpty();
        });
    for (String name : List.of("claude-code", "codex", "gemini", "opencode")) {
      List<LoginMethod> login = Objects.requireNonNull(providers.get(name)).login();
      assertThat(login.getFirst().channel().isText())
          .as(name + "'s channel for programs comes first")
          .isFalse();
      assertThat(login).anyMatch(method -> method.channel() == LoginChannel.PTY);
    }
  }

  @Test
  void anOperatorsFileReplacesTheOneOfItsName() throws IOException {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.writeString(folder.resolve("demo.toml"), DEMO);
    Files.writeString(own.resolve("demo.toml"), DEMO.replace("Demo", "Ours"));
    Files.writeString(own.resolve("other.toml"), DEMO);
    Files.writeString(own.resolve(".demo.toml"), "half a fi");
    assertThat(Providers.read(List.of(folder, own, folder.resolve("none"))).values())
        .extracting(Provider::name, Provider::title)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("demo", "Ours"),
            org.assertj.core.groups.Tuple.tuple("other", "Demo"));
  }

  @Test
  void valuesStandInCommandsAndVariables() throws IOException {
    Provider demo = only(DEMO);
    LoginMethod login = demo.login().getFirst();
    assertThat(demo.filled(login.command()))
        .containsExactly("demo", "login", "--issuer=https://issuer.example.com");
    assertThat(demo.environment(login))
        .containsExactlyEntriesOf(java.util.Map.of("DEMO_ISSUER", "https://issuer.example.com"));
    assertThat(
            only(DEMO.replace("https://issuer.example.com", "$1 {issuer}"))
                .filled("a {issuer} {other}"))
        .isEqualTo("a $1 {issuer} {other}");
  }

  @Test
  void aPlaceholderIsAWordOfItsOwnUnlessTheFileGivesAnother() throws IOException {
    var given = Objects.requireNonNull(only(DEMO).placeholder());
    assertThat(given.text()).isEqualTo("demo-placeholder");
    assertThat(given.values().getFirst().header()).isEqualTo("Demo-Account");
    var plain =
        only(
            DEMO.replace("text = \"demo-placeholder\"\n", "")
                .replace("\"demo-placeholder\"", "\"placeholder\"")
                .replace("scheme = \"Bearer\"\n", ""));
    var found = Objects.requireNonNull(plain.placeholder());
    assertThat(found.text()).isEqualTo("placeholder");
    assertThat(found.scheme()).isNull();
  }

  @Test
  void jsonHasAllOfIt() throws IOException {
    String json = Json.line(only(DEMO));
    assertThat(json)
        .contains(
            "\"name\":\"demo\"",
            "\"logoutRevokes\":true",
            "\"channel\":\"pty\"",
            "\"link\":[\"browser\",\"osc8\"]",
            "\"maxTime\":\"5m\"",
            "\"unit\":\"seconds\"")
        .doesNotContain("null");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          title = "Demo"        | colour = "red"; title = "Demo" | colour "red" in        | Known are ca-variable,
          path = "/callback" }  | path = "/callback", tls = true } | login[0].redirect.tls "true" | Known are hosts, path, port.
          text = "Really?"      | text = "a"; pattern = ".*"  | login[0].questions[0].pattern ".*" | Known are
          title = "Demo"        | title = 7                    | title "7" in                | wrong type
          title = "Demo"        | title = "Demo"; name = "x"   | name "x" in                 | Leave it out.
          title = "Demo"        | title = "Demo"; versions = "1" | versions "1" in            | wrong type
          memory-mib = 64       | memory-mib = "64"            | memory-mib "64" in          | wrong type
          memory-mib = 64       | memory-mib = 0               | memory-mib "0" in           | Give 1 to
          memory-mib = 64       | memory-mib = 1.5             | memory-mib "1.5" in         | wrong type
          logout-revokes = true | logout-revokes = "yes"       | logout-revokes "yes" in     | wrong type
          channel = "pty"       | channel = "telnet"           | login[0].channel "telnet"   | claude-control
          channel = "pty"       | channel = "plain"            | login[0].questions "plain"  | Leave the questions out
          channel = "pty"       | channel = "codex-app-server" | parameters.type             | Add it.
          link = ["browser", "osc8"] | link = ["answer"]       | login[0].link "answer"      | Give browser, osc8 or text.
          link = ["browser", "osc8"] | link = []               | login[0].link "pty"         | where its link comes from
          ["localhost"]         | ["login.example.com"]        | login[0].redirect.hosts "login.example.com" | loopback
          port = 4242           | port = 65536                 | login[0].redirect.port "65536" | Give 0 to 65535.
          "/callback"           | "/call back"                 | login[0].redirect.path "/call back" | plain characters
          "5m"                  | "soon"                       | login[0].max-time "soon"    | is not a time
          ["y", "enter"]        | []                           | login[0].questions[0].keys  | Give what is typed
          {issuer}"]            | {issuers}"]                  | login.command "{issuers}"   | in [values]
          "~/.demo/auth.json"   | "/etc/shadow"                | credential.files[0].path "/etc/shadow" | Begin it with ~/.
          "~/.demo/auth.json"   | "~/../etc/x"                | credential.files[0].path "~/../etc/x"  | a path like
          mode = "600"          | mode = "rw"                  | credential.files[0].mode "rw" | octal
          ["/token"]            | []                           | credential.files[0].fields  | must not be empty
          ["/token"]            | ["token"]                    | credential.files[0].fields "token" | a pointer
          ["api.example.com"]   | ["*.example.com"]            | placeholder.hosts "*.example.com" | Name each host
          ["api.example.com"]   | []                           | placeholder.hosts           | requests get the secret
          "Bearer"              | "Bear er"                    | placeholder.scheme "Bear er" | a word like
          "Authorization"       | "Author:"                    | placeholder.header "Author:" | header's name
          text = "demo-placeholder" | text = "short"           | placeholder.text "short"    | at least 8
          text = "demo-placeholder" | text = "another-text"    | placeholder.text "another-text" | environment or files
          "/account"            | "account"                    | placeholder.values[0].field "account" | a pointer
          "seconds"             | "fortnights"                 | credential.files[0].expiry.unit "fortnights" | seconds
          """)
  void whatIsWrongIsNamedByFileFieldValueAndRemedy(
      String right, String wrong, String named, String remedy) {
    assertThat(DEMO).contains(right);
    assertThatThrownBy(() -> only(DEMO.replace(right, wrong.replace("; ", "\n"))))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll(named, "demo.toml")
        .satisfies(e ->
            assertThat(
                    ((Refused) e).refusal().detail()
                        + " "
                        + ((Refused) e).refusal().advice().text(Object::toString))
                .contains(remedy));
  }

  @ParameterizedTest
  @ValueSource(strings = {"title = \"Demo\"", "tool = \"demo\"", "command = [\"demo\", \"login\","})
  void whatIsMissingIsNamed(String line) {
    String key = line.substring(0, line.indexOf(' '));
    String text =
        DEMO.lines()
            .filter(one -> !one.startsWith(line))
            .collect(java.util.stream.Collectors.joining("\n"));
    assertThatThrownBy(() -> only(text))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll(key, "demo.toml", "is missing");
  }

  @Test
  void whatIsNoTomlIsRefusedWithItsLine() {
    assertThatThrownBy(() -> only("title = \n"))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll("demo.toml", "is not TOML", "line 1");
    assertThatThrownBy(() -> only(DEMO + "# " + "x".repeat(1 << 20)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("too large");
  }

  @Test
  void aKeyHasNeitherCommandNorLink() throws IOException {
    String key =
        """
        title = "Key"
        tool = "demo"
        [[login]]
        channel = "key"
        [credential]
        variables = ["DEMO_KEY"]
        """;
    assertThat(only(key).credential().variables()).containsExactly("DEMO_KEY");
    assertThatThrownBy(() -> only(key.replace("\"key\"\n", "\"key\"\ncommand = [\"demo\"]\n")))
        .hasMessageContaining("command");
    assertThatThrownBy(() -> only(key.replace("[\"DEMO_KEY\"]", "[]")))
        .hasMessageContaining("credential.files");
  }
}
