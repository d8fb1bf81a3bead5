package dev.visco.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of providers/oidc.toml, with programs that keep accounts where oidc-agent does. The
 * real one is tried in {@code ToolSignInIT}.
 */
@Timeout(60)
class OidcAgentScriptsTest {
  /**
   * As {@code oidc-agent(1)} has it: a folder that is named, that there is, or that can be made.
   */
  private static final String FOLDER =
      """
      folder=$OIDC_CONFIG_DIR
      for one in "$HOME/.config/oidc-agent" "$HOME/.oidc-agent"; do
        if [ -z "$folder" ] && [ -d "$one" ]; then folder=$one; fi
      done
      for one in "$HOME/.config/oidc-agent" "$HOME/.oidc-agent"; do
        if [ -z "$folder" ] && [ -d "$(dirname "$one")" ]; then folder=$one; fi
      done
      mkdir -p "$folder"
      """;

  private static final Provider OIDC =
      Objects.requireNonNull(Providers.read(List.of(Path.of("providers"))).get("oidc"));

  @TempDir private Path folder;
  private Path home;

  @BeforeEach
  void programs() throws Exception {
    home = Files.createDirectory(folder.resolve("home"));
    Files.createDirectory(folder.resolve("bin"));
    program("oidc-agent", "");
    program(
        "oidc-gen",
        """
        case "$*" in *--state=*) exit 1 ;; esac
        echo "https://issuer.example.com/auth?state=abc"
        for account; do :; done
        echo sealed >"$folder/$account"
        """);
    program("oidc-add", "for account; do :; done; [ -s \"$folder/$account\" ]\n");
    program("oidc-token", "echo token\n");
  }

  private void program(String name, String script) throws Exception {
    Path file = folder.resolve("bin").resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + FOLDER + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private int run(List<String> command) throws Exception {
    var builder =
        new ProcessBuilder(OIDC.filled(command))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile());
    builder.environment().put("HOME", home.toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private Path credential() {
    String path = OIDC.credential().files().getFirst().path();
    return home.resolve(path.replaceFirst("^~/", ""));
  }

  /** A browser makes that folder on every desktop. */
  @Test
  void theAccountIsWhereTheCredentialIsLookedForThoughThereIsAConfigFolder() throws Exception {
    Files.createDirectory(home.resolve(".config"));
    for (LoginMethod login : OIDC.login()) {
      assertThat(run(login.command())).as(login.toString()).isZero();
      assertThat(credential()).as(login.toString()).hasContent("sealed");
      Files.delete(credential());
    }
  }

  @Test
  void whatWasDeliveredIsFoundThoughTheUserHasAConfigFolderOfTheirOwn() throws Exception {
    Files.createDirectories(home.resolve(".config/oidc-agent"));
    Files.createDirectory(credential().getParent());
    Files.writeString(credential(), "sealed");
    assertThat(run(OIDC.check().online())).isZero();
    assertThat(run(OIDC.check().refresh())).isZero();
    Files.delete(credential());
    assertThat(run(OIDC.check().online())).isNotZero();
  }

  /** It would go on with tokens that the check has made useless. */
  @Test
  void nothingIsCheckedBesideAnAgentThatRuns() throws Exception {
    Files.createDirectory(credential().getParent());
    Files.writeString(credential(), "sealed");
    Path agent = Files.createDirectory(folder.resolve("other")).resolve("oidc-agent");
    Files.copy(Path.of("/bin/sleep"), agent, StandardCopyOption.COPY_ATTRIBUTES);
    Process running = new ProcessBuilder(agent.toString(), "60").start();
    try {
      assertThat(run(OIDC.check().online())).isEqualTo(75);
      assertThat(run(OIDC.check().refresh())).isEqualTo(75);
    } finally {
      running.destroyForcibly().waitFor();
    }
    assertThat(run(OIDC.check().online())).isZero();
    assertThat(OIDC.check().refreshes()).as("none is made by itself").isTrue();
  }
}
