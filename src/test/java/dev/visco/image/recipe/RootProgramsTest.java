package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service starts is in its image, as the guest will see it. */
class RootProgramsTest {
  @TempDir private Path root;

  @BeforeEach
  void files() throws IOException {
    Files.createDirectories(root.resolve("usr/bin"));
    Files.createDirectories(root.resolve("etc/alternatives"));
    Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
    for (String name : List.of("sh", "setpriv", "env", "Xvnc", "xkbcomp")) {
      program(name, "\u007fELF");
    }
  }

  private Path program(String name, String content) throws IOException {
    Path file = Files.writeString(root.resolve("usr/bin").resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Recipe.Service service(String program, @Nullable String user, String... needs) {
    return new Recipe.Service(
        "vnc", program, null, 5900, null, user, Map.of("LANG", "C"), List.of(needs));
  }

  private Refusal.Invalid refusal(Recipe.Service service) {
    Refused refused =
        catchThrowableOfType(
            Refused.class, () -> new RootPrograms(new NewRoot(root)).require(List.of(service)));
    return (Refusal.Invalid) refused.refusal();
  }

  private void isFine(Recipe.Service service) {
    assertThatCode(() -> new RootPrograms(new NewRoot(root)).require(List.of(service)))
        .doesNotThrowAnyException();
  }

  @Test
  void programsScriptsAndLinksInsideTheImageAreFine() throws IOException {
    isFine(service("/usr/bin/Xvnc", "user", "/bin/xkbcomp"));
    program("start", "#! /bin/sh -e\nexit\n");
    isFine(service("/usr/bin/start", null));
    Files.createSymbolicLink(
        root.resolve("etc/alternatives/browser"), Path.of("../../usr/bin/Xvnc"));
    Files.createSymbolicLink(root.resolve("usr/bin/www"), Path.of("/etc/alternatives/browser"));
    isFine(service("/bin/www", null));
  }

  @Test
  void theProgramForSignInsMustBeThere() throws IOException {
    var signIn = new Recipe.SignInProgram("/usr/bin/sign-in", "user");
    var programs = new RootPrograms(new NewRoot(root));
    assertThatCode(() -> programs.requireSignIn(signIn))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll("sign-in.program", "/usr/bin/sign-in", "is not in the image");
    program("sign-in", "#!/bin/sh\n");
    assertThatCode(() -> programs.requireSignIn(signIn)).doesNotThrowAnyException();
  }

  @Test
  void aProgramThatIsNotThereIsRefusedByName() {
    Refusal.Invalid refusal = refusal(service("/usr/bin/Xorg", null));
    assertThat(refusal.field()).isEqualTo("services.program");
    assertThat(refusal.value()).isEqualTo("/usr/bin/Xorg");
    assertThat(refusal.reason()).contains("vnc", "is not in the image");
    assertThat(refusal.remedy()).contains("package");
  }

  @Test
  void whatItNeedsIsRefusedByName() {
    Refusal.Invalid refusal = refusal(service("/usr/bin/Xvnc", null, "/bin/sh", "/usr/bin/xauth"));
    assertThat(refusal.field()).isEqualTo("services.needs");
    assertThat(refusal.value()).isEqualTo("/usr/bin/xauth");
  }

  @Test
  void withoutWhatBecomesItsUserItIsRefused() throws IOException {
    Files.delete(root.resolve("usr/bin/setpriv"));
    Refusal.Invalid refusal = refusal(service("/usr/bin/Xvnc", "user"));
    assertThat(refusal.field()).isEqualTo("services.user");
    assertThat(refusal.value()).isEqualTo("/usr/bin/setpriv");
    isFine(service("/usr/bin/Xvnc", null));
  }

  @Test
  void aScriptWhoseInterpreterIsMissingIsRefused() throws IOException {
    program("start", "#!/usr/bin/perl\n");
    assertThat(refusal(service("/usr/bin/start", null)).reason())
        .contains("is a script for /usr/bin/perl, which is not in the image");
  }

  @Test
  void whatCannotBeExecutedIsRefused() throws IOException {
    Files.setPosixFilePermissions(
        root.resolve("usr/bin/Xvnc"), PosixFilePermissions.fromString("rw-r--r--"));
    Refusal.Invalid refusal = refusal(service("/usr/bin/Xvnc", null));
    assertThat(refusal.reason()).contains("cannot be executed");
    assertThat(refusal.remedy()).contains("755");
  }

  /** The guest has no file of the host's, though the host could follow the link to its own. */
  @Test
  void aLinkToWhatOnlyTheHostHasIsRefused() throws IOException {
    Path hosts = Path.of("/usr/bin/tail").toRealPath();
    Files.createSymbolicLink(root.resolve("usr/bin/out"), hosts);
    assertThat(refusal(service("/usr/bin/out", null)).reason()).contains("is not in the image");
    Files.createSymbolicLink(root.resolve("usr/bin/up"), Path.of("../../../../../../.." + hosts));
    assertThat(refusal(service("/usr/bin/up", null)).reason()).contains("is not in the image");
  }

  @Test
  void aCircleOfLinksAndAFolderAreNoPrograms() throws IOException {
    Files.createSymbolicLink(root.resolve("usr/bin/a"), Path.of("b"));
    Files.createSymbolicLink(root.resolve("usr/bin/b"), Path.of("a"));
    assertThat(refusal(service("/usr/bin/a", null)).reason()).contains("is not in the image");
    assertThat(refusal(service("/usr/bin", null)).reason()).contains("is not in the image");
  }
}
