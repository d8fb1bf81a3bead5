package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.ApiUnderTest;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that go to the daemon of another host, by HTTPS. */
@Timeout(60)
class ContextCommandsTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final InputStream input = System.in;
  private ApiUnderTest api;
  private TlsFront front;
  private Contexts contexts;
  private Map<String, String> environment = Map.of();

  @BeforeEach
  void start() throws Exception {
    System.setIn(InputStream.nullInputStream());
    api = ApiUnderTest.start(folder.resolve("data"));
    front = TlsFront.start(folder, api.port());
    contexts = Contexts.of(Map.of("XDG_CONFIG_HOME", folder.resolve("config").toString()));
    Files.writeString(folder.resolve("token"), ApiUnderTest.TOKEN + "\n");
  }

  @AfterEach
  void end() throws Exception {
    System.setIn(input);
    front.close();
    api.close();
  }

  private int run(String... words) {
    out.reset();
    err.reset();
    return Visco.commandLine(
            flags ->
                contexts
                    .address(environment)
                    .orElseGet(() -> new ApiAddress("127.0.0.1", 1, "nobody listens")),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            List.of(
                new CommandEntry(
                    context -> ContextCommands.commandLine(context, contexts), "context")))
        .execute(words);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private String url(String host) {
    return "https://" + host + ":" + front.port();
  }

  private int create(String name, String url, String... more) {
    var words = new java.util.ArrayList<>(List.of("context", "create", name, "--url", url));
    words.addAll(List.of("--token-file", folder.resolve("token").toString()));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  private void lab() {
    assertThat(create("lab", url("localhost"), "--ca", front.certificate().toString()))
        .as(err())
        .isZero();
    assertThat(run("context", "use", "lab")).isZero();
  }

  @Test
  void requestsAndCommandsInGuestsGoByHttps() throws Exception {
    lab();
    String vm = api.create();
    api.vms.settle(new VmId(vm), VmState.READY, null);
    assertThat(run("ps", "-q")).as(err()).isZero();
    assertThat(out()).isEqualTo(vm + "\n");
    assertThat(run("exec", vm, "fail")).isEqualTo(3);
    assertThat(err()).isEqualTo("it failed\n");
  }

  @Test
  void theOneInUseIsShownAndTokensAreNot() throws Exception {
    lab();
    assertThat(run("context", "ls")).isZero();
    assertThat(out()).contains("  local  this host\n", "* lab    " + url("localhost"));
    assertThat(run("context", "ls", "--json")).isZero();
    assertThat(out()).contains("\"current\":true").doesNotContain(ApiUnderTest.TOKEN);
    Path file = folder.resolve("config/visco/contexts.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(run("context", "use", "local")).isZero();
    assertThat(run("context", "ls")).isZero();
    assertThat(out()).contains("* local  this host\n");
  }

  @Test
  void whatIsRemovedIsInUseNoMore() {
    lab();
    assertThat(run("context", "rm", "lab")).isZero();
    assertThat(contexts.address(Map.of())).isEmpty();
    assertThat(run("context", "use", "lab")).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(err()).contains("context \"lab\"", "visco context ls");
  }

  @Test
  void aCertificateThatNobodyKnownHasSignedIsRefused() {
    assertThat(create("lab", url("localhost"))).isZero();
    assertThat(run("context", "use", "lab")).isZero();
    assertThat(run("ps")).isEqualTo(CommandExitCode.UNREACHABLE);
    assertThat(err()).contains("The certificate of the daemon at " + url("localhost"), "PKIX");
  }

  @Test
  void aCertificateOfAnotherNameIsRefused() {
    assertThat(create("lab", url("127.0.0.1"), "--ca", front.certificate().toString())).isZero();
    assertThat(run("context", "use", "lab")).isZero();
    assertThat(run("ps")).isEqualTo(CommandExitCode.UNREACHABLE);
    assertThat(err())
        .contains("The certificate of the daemon at " + url("127.0.0.1"), "VISCO_HOST");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "visco.example.com", "ftp://host", "https://", "https://a@b", "https://a?b"})
  void whatIsNoUrlIsRefused(String url) {
    assertThat(create("lab", url)).isEqualTo(CommandExitCode.REFUSED);
    assertThat(err()).contains("--url \"" + url + "\"", "https://visco.example.com");
  }

  @Test
  void whatIsNoNameNoTokenOrNoCertificateIsRefused() throws Exception {
    assertThat(create("local", url("localhost"))).isEqualTo(CommandExitCode.REFUSED);
    assertThat(create("a b", url("localhost"))).isEqualTo(CommandExitCode.REFUSED);
    assertThat(create("lab", url("localhost"), "--ca", folder.resolve("token").toString()))
        .isEqualTo(CommandExitCode.REFUSED);
    assertThat(err()).contains("no file of certificates");
    Files.writeString(folder.resolve("token"), "");
    assertThat(create("lab", url("localhost"))).isEqualTo(CommandExitCode.REFUSED);
    assertThat(err()).contains("--token-file", "visco token create");
    assertThat(contexts.read().all()).isEmpty();
  }

  @Test
  void theEnvironmentComesFirst() {
    lab();
    assertThat(create("other", "http://127.0.0.1:3001")).isZero();
    environment = Map.of("VISCO_CONTEXT", "other");
    assertThat(contexts.address(environment)).hasToString("Optional[http://127.0.0.1:3001]");
    environment = Map.of("VISCO_CONTEXT", "local");
    assertThat(contexts.address(environment)).isEmpty();
    environment = Map.of("VISCO_HOST", "https://visco.example.com/lab/", "VISCO_TOKEN", "t");
    assertThat(contexts.address(environment))
        .hasToString("Optional[https://visco.example.com:443/lab]");
    assertThatThrownBy(() -> contexts.address(Map.of("VISCO_HOST", "https://visco.example.com")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("VISCO_TOKEN");
    assertThatThrownBy(() -> contexts.address(Map.of("VISCO_CONTEXT", "nowhere")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("nowhere");
  }
}
