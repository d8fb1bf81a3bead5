package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.ContainerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of an image's configuration in a guest's shell. */
class GuestScriptsTest {
  @TempDir private Path folder;

  @Test
  void variablesReachTheShellAsTheyAreWhateverTheyHold() throws IOException {
    String value = "it's $HOME `id` \"quoted\" \\ ; exit\nsecond line";
    String script =
        GuestScripts.environment(config(List.of(), List.of(), Map.of("A", value, "b.c", "x")));
    Path file = Files.writeString(folder.resolve("environment"), script);

    String seen =
        new LinuxHost()
            .check(Command.of("busybox", "sh", "-c", ". " + file + "; printf %s \"$A\""))
            .output();

    assertThat(seen).isEqualTo(value);
    assertThat(script).contains("export PATH='/usr/local/sbin:").doesNotContain("b.c");
    assertThat(GuestScripts.leftOut(config(List.of(), List.of(), Map.of("b.c", "x"))))
        .containsExactly("b.c");
  }

  @Test
  void theServiceRunsAsItsUserWithItsGroupsInItsFolder() {
    var user = new ContainerUser(1000, 1001, List.of(29L), "/srv");
    String script =
        GuestScripts.service(config(List.of("/bin/a b"), List.of("it's"), Map.of()), user);

    assertThat(script)
        .contains("export HOME='/srv'", "mkdir -p '/work' && cd '/work'")
        .endsWith(
            "exec /.visco/bin/setpriv --reuid=1000 --regid=1001 --groups=1001,29 --inh-caps=-all"
                + " -- /.visco/bin/setpriv --inh-caps=-all -- '/bin/a b' 'it'\\''s'\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/sbin/init", "/lib/systemd/systemd", "/init"})
  void anInitBecomesTheFirstProcess(String program) {
    ContainerConfig config = config(List.of(), List.of(program, "--x"), Map.of());

    assertThat(GuestScripts.isInit(config)).isTrue();
    assertThat(GuestScripts.service(config, new ContainerUser(0, 0, List.of(), "/root")))
        .endsWith("exec '" + program + "' '--x'\n")
        .doesNotContain("setpriv");
    assertThat(GuestScripts.isInit(config(List.of("/bin/init-db"), List.of(), Map.of()))).isFalse();
  }

  @Test
  void theStopSignalIsTheImagesOrTerm() {
    assertThat(GuestScripts.stopSignal(config(List.of(), List.of(), Map.of()))).isEqualTo("INT\n");
    var silent = new ContainerConfig(List.of(), List.of(), Map.of(), "", "/", List.of(), null);
    assertThat(GuestScripts.stopSignal(silent)).isEqualTo("TERM\n");
  }

  @Test
  void whatARegistryAsksForIsRead() {
    var asked =
        RegistryToken.of(
            "Bearer realm=\"https://auth.example/token\",service=registry, Scope=\"a\"");
    assertThat(asked.scheme()).isEqualTo("bearer");
    assertThat(asked.parameter("realm")).isEqualTo("https://auth.example/token");
    assertThat(asked.parameter("service")).isEqualTo("registry");
    assertThat(asked.parameter("scope")).isEqualTo("a");
    assertThat(RegistryToken.of("Basic").scheme()).isEqualTo("basic");
    assertThat(RegistryToken.of("x".repeat(5000)).scheme()).isEmpty();
  }

  private static ContainerConfig config(
      List<String> entryPoint, List<String> command, Map<String, String> environment) {
    return new ContainerConfig(entryPoint, command, environment, "", "/work", List.of(), "SIGINT");
  }
}
