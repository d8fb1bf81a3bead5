package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A recipe has all that its base has, and its own. */
class RecipeFileTest {
  private static final String BASE =
      """
      packages = ["openssh-server"]
      kernel-package = "linux-image-cloud-amd64"
      exclude = ["/usr/share/one/*"]
      size-mib = 2048
      vcpus = 1
      memory-mib = 256
      min-memory-mib = 80

      [[files]]
      source = "files/start"
      target = "/usr/lib/visco/start"
      mode = "755"

      [[services]]
      name = "sshd"
      program = "/usr/sbin/sshd"
      port = 22
      vsock-port = 22

      [[users]]
      name = "dev"
      uid = 1000
      """;

  private static final String BASE_KERNEL = "kernel-package = \"linux-image-cloud-amd64\"";

  private static final String OWN =
      """
      base = "cli"
      packages = ["jwm"]
      exclude = ["/usr/share/two/*"]
      memory-mib = 2048

      [[files]]
      source = "rc"
      target = "/etc/rc"
      mode = "644"

      [[services]]
      name = "vnc"
      program = "/usr/bin/Xvnc"
      port = 5900
      user = "dev"
      environment = { LANG = "C.UTF-8", DISPLAY = ":0" }
      needs = ["/usr/bin/xkbcomp"]

      [[users]]
      name = "other"
      uid = 1001

      [sign-in]
      program = "/usr/lib/visco/sign-in"
      user = "other"
      """;

  @TempDir private Path folder;
  private Path shipped;
  private Path operators;

  @BeforeEach
  void folders() throws IOException {
    shipped = Files.createDirectory(folder.resolve("shipped"));
    Files.createDirectory(shipped.resolve("files"));
    operators = Files.createDirectory(folder.resolve("operators"));
    Files.writeString(shipped.resolve("cli.toml"), BASE);
    Files.writeString(shipped.resolve("files/start"), "start");
  }

  private RecipeFile own(String text) throws IOException {
    Path file = Files.writeString(operators.resolve("desk.toml"), text);
    Files.writeString(operators.resolve("rc"), "rc");
    return RecipeFile.read(
        file,
        name ->
            Optional.of(shipped.resolve(name + ".toml"))
                .filter(Files::exists)
                .or(() -> Optional.of(operators.resolve(name + ".toml")).filter(Files::exists)));
  }

  private static Refusal.Invalid refusal(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return (Refusal.Invalid)
        org.assertj.core.api.Assertions.catchThrowableOfType(Refused.class, call).refusal();
  }

  @Test
  void listsComeAfterTheBasesAndSingleValuesInstead() throws IOException {
    Recipe recipe = own(OWN).recipe();
    assertThat(recipe.packages()).containsExactly("openssh-server", "jwm");
    assertThat(recipe.excludeList()).containsExactly("/usr/share/one/*", "/usr/share/two/*");
    assertThat(recipe.kernelPackage()).isEqualTo("linux-image-cloud-amd64");
    assertThat(recipe.memoryMib()).isEqualTo(2048);
    assertThat(recipe.minMemoryMib()).isEqualTo(80);
    assertThat(recipe.ports()).isEqualTo(Map.of("sshd", 22, "vnc", 5900));
    assertThat(recipe.vsockPort()).isEqualTo(22);
    assertThat(recipe.userList())
        .extracting(Recipe.RecipeUser::name)
        .containsExactly("dev", "other");
  }

  private Recipe on(String osRelease, String kernel) throws IOException {
    Files.writeString(shipped.resolve("cli.toml"), BASE.replace(BASE_KERNEL, kernel));
    return RecipeFile.read(
            shipped.resolve("cli.toml"),
            _ -> Optional.empty(),
            RecipeChoices.NONE,
            () -> Distribution.of(osRelease))
        .recipe();
  }

  @Test
  void aKernelPackageMayBeGivenForEachDistribution() throws IOException {
    String table =
        "kernel-package = { debian = \"linux-image-cloud-amd64\", ubuntu = \"linux-image-virtual\" }";
    assertThat(on("ID=ubuntu\nID_LIKE=debian\n", table).kernelPackage())
        .isEqualTo("linux-image-virtual");
    Recipe chosen = on("ID=debian\nVERSION_CODENAME=bookworm\n", table);
    assertThat(chosen).as("an image's digest").isEqualTo(on("", BASE_KERNEL));
    assertThat(refusal(() -> on("ID=alpine\n", table)))
        .extracting(Refusal.Invalid::field, Refusal.Invalid::value)
        .containsExactly("kernel-package", "debian, ubuntu");
    assertThat(refusal(() -> on("ID=debian\n", "kernel-package = { debian = 6 }")).field())
        .isEqualTo("kernel-package.debian");
    assertThat(
            refusal(() -> on("ID=debian\n", "kernel-package = { debian = \"Linux 6\" }")).value())
        .isEqualTo("Linux 6");
    assertThat(refusal(() -> on("ID=debian\n", "kernel-package = [\"linux\"]")).field())
        .isEqualTo("kernel-package");
  }

  /** Whoever runs the tests: the image that is shipped has a kernel there. */
  @Test
  void theShippedRecipesNameAKernelForDebianAndForUbuntu() {
    for (String os : List.of("ID=debian\n", "ID=ubuntu\nID_LIKE=debian\n")) {
      RecipeFile shippedCli =
          RecipeFile.read(
              Path.of("images/cli.toml"),
              _ -> Optional.empty(),
              RecipeChoices.NONE,
              () -> Distribution.of(os));
      assertThat(shippedCli.recipe().kernelPackage()).startsWith("linux-image-");
    }
  }

  @Test
  void eachFileIsFoundBesideTheRecipeThatNamesIt() throws IOException {
    RecipeFile file = own(OWN);
    List<Recipe.FileEntry> entries = file.recipe().fileList();
    assertThat(Files.readString(file.source(entries.get(0)))).isEqualTo("start");
    assertThat(Files.readString(file.source(entries.get(1)))).isEqualTo("rc");
  }

  @Test
  void aServiceIsStartedAsItsUserWithItsVariables() throws IOException {
    assertThat(Inittab.of(own(OWN).recipe()))
        .contains(
            "::respawn:/usr/lib/visco/service sshd /usr/sbin/sshd\n",
            "::respawn:/usr/lib/visco/service vnc /usr/bin/setpriv --reuid=dev --regid=dev"
                + " --init-groups --inh-caps=-all --reset-env /usr/bin/env DISPLAY=:0"
                + " LANG=C.UTF-8 /usr/bin/Xvnc\n");
  }

  @Test
  void aBaseMayHaveABase() throws IOException {
    Files.writeString(shipped.resolve("far.toml"), BASE);
    Files.writeString(
        shipped.resolve("cli.toml"), "base = \"far\"\npackages = [\"curl\"]\nvcpus = 7\n");
    Recipe recipe = own(OWN).recipe();
    assertThat(recipe.packages()).containsExactly("openssh-server", "curl", "jwm");
    assertThat(recipe.vcpus()).isEqualTo(7);
    assertThat(Files.readString(own(OWN).source(recipe.fileList().getFirst()))).isEqualTo("start");
  }

  @Test
  void aRecipeIsNotItsOwnBaseNeitherAtOnceNorByAnother() throws IOException {
    Refusal.Invalid itself = refusal(() -> own(OWN.replace("\"cli\"", "\"desk\"")));
    assertThat(itself.value()).isEqualTo("desk");
    assertThat(itself.reason()).contains("is this recipe itself");
    Files.writeString(shipped.resolve("cli.toml"), "base = \"desk\"\npackages = [\"curl\"]\n");
    assertThat(refusal(() -> own(OWN)).reason()).contains("leads back to itself");
  }

  /** What stands in the recipe, what stands there instead, and what the refusal names. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          base = "cli"          | base = "absent"                | base            | absent               | is no recipe
          base = "cli"          | base = "../cli"                | image           | ../cli               | is no image's name
          base = "cli"          | base = 1                       | base            | 1                    | is no name
          "jwm"                 | "openssh-server"               | packages        | openssh-server       | in its base cli too
          "/usr/share/two/*"    | "/usr/share/one/*"             | exclude         | /usr/share/one/*     | in its base cli too
          "/usr/share/two/*"    | "usr/share"                    | exclude         | usr/share            | is not an absolute path
          "/etc/rc"             | "/usr/lib/visco/start"         | files.target    | /usr/lib/visco/start | in its base cli too
          name = "vnc"          | name = "sshd"                  | services.name   | sshd                 | in its base cli too
          port = 5900           | port = 22                      | services.port   | 22                   | in its base cli too
          port = 5900           | port = 5900\\nvsock-port = 22  | services.vsock-port | 22               | in its base cli too
          name = "other"        | name = "dev"                   | users.name      | dev                  | in its base cli too
          uid = 1001            | uid = 1000                     | users.uid       | 1000                 | in its base cli too
          user = "dev"          | user = "nobody"                | services.user   | nobody               | is no user of the recipe
          user = "dev"          | user = "a b"                   | services.user   | a b                  | is not a user's name
          DISPLAY =             | display =                      | services.environment | display         | is not a variable's name
          "C.UTF-8"             | "C; reboot"                    | services.environment | C; reboot       | is not one word
          "/usr/bin/xkbcomp"    | "xkbcomp"                      | services.needs  | xkbcomp              | is not an absolute path
          program = "/usr/lib/visco/sign-in" | program = "sign-in" | sign-in.program | sign-in       | is not an absolute path
          user = "other"        | user = "nobody"                | sign-in.user    | nobody               | is no user of the recipe
          user = "other"        | users = "other"                | sign-in.users   | %s                   | nobody knows
          memory-mib = 2048     | memory-mib = 64                | min-memory-mib  | 80                   | more than memory-mib
          """)
  void refusesByFieldValueAndRemedy(
      String good, String bad, String field, String value, String reason) {
    assertThat(OWN).contains(good);
    Refusal.Invalid refusal = refusal(() -> own(OWN.replace(good, bad.replace("\\n", "\n"))));
    assertThat(refusal.field()).isEqualTo(field);
    assertThat(refusal.value()).isEqualTo(value.replace("%s", folder + "/operators/desk.toml"));
    assertThat(refusal.reason()).contains(reason);
    assertThat(refusal.remedy()).isNotBlank();
  }

  @Test
  void aKeyThatIsMissingInBothIsRefused() throws IOException {
    Files.writeString(shipped.resolve("cli.toml"), BASE.replace("vcpus = 1\n", ""));
    assertThatThrownBy(() -> own(OWN))
        .hasMessageContaining("vcpus")
        .hasMessageContaining("missing");
  }

  @Test
  void anImageIsOutOfDateWhenItsBaseOrAFileOfItChanges() throws IOException {
    Digest first = RecipeIdentity.of(own(OWN)).digest();
    assertThat(RecipeIdentity.of(own(OWN)).digest()).isEqualTo(first);
    Files.writeString(shipped.resolve("files/start"), "other");
    Digest second = RecipeIdentity.of(own(OWN)).digest();
    assertThat(second).isNotEqualTo(first);
    Files.writeString(shipped.resolve("cli.toml"), BASE.replace("port = 22\n", "port = 2222\n"));
    assertThat(RecipeIdentity.of(own(OWN)).digest()).isNotEqualTo(second);
  }

  @Test
  void aBaseMayUseTheOldNameOfTheMinimumOfMemory() throws IOException {
    Files.writeString(
        shipped.resolve("cli.toml"), BASE.replace("min-memory-mib", "least-memory-mib"));
    assertThat(own(OWN).recipe().minMemoryMib()).isEqualTo(80);
    assertThat(own("min-memory-mib = 96\n" + OWN).recipe().minMemoryMib()).isEqualTo(96);
  }
}
