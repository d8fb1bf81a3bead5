package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files of kernels that are built, and images that have one. */
class KernelFilesTest {
  private static final String KERNEL =
      """
      source-package = "linux-source"
      packages = ["gcc", "make"]
      configuration = "own.config"
      """;

  private static final String RECIPE =
      """
      packages = ["curl"]
      kernel-package = "linux-image-cloud-amd64"
      size-mib = 512
      vcpus = 1
      memory-mib = 256
      """;

  @TempDir private Path folder;
  private Path kernels;

  @BeforeEach
  void files() throws IOException {
    kernels = Files.createDirectory(folder.resolve("kernels"));
    Files.copy(Path.of("images/kernels/lean.config"), kernels.resolve("own.config"));
    Files.writeString(kernels.resolve("own.toml"), KERNEL);
    Files.writeString(folder.resolve("plain.toml"), RECIPE);
  }

  private KernelRecipe read(String name) {
    return new KernelFiles(List.of(folder)).read(name);
  }

  private RecipeFile plain(@Nullable String kernel) {
    return new RecipeFolders(List.of(folder), () -> false)
        .read("plain", new BuildChoices(null, null, kernel));
  }

  @Test
  void aKernelHasItsOptionsText() throws IOException {
    KernelRecipe own = read("own");
    assertThat(own.name()).isEqualTo("own");
    assertThat(own.sourcePackage()).isEqualTo("linux-source");
    assertThat(own.packages()).containsExactly("gcc", "make");
    assertThat(own.configuration()).isEqualTo(Files.readString(kernels.resolve("own.config")));
  }

  @Test
  void anUnknownOneIsRefusedWithTheNamesThatThereAre() {
    for (String name : List.of("lena", "../plain", "")) {
      assertThatThrownBy(() -> plain(name))
          .hasMessageContaining("kernel")
          .hasMessageContaining("is no kernel that can be built")
          .hasMessageContaining("There are own");
    }
  }

  @Test
  void whereThereAreNoneItSaysSo() throws IOException {
    Files.delete(kernels.resolve("own.toml"));
    assertThatThrownBy(() -> plain("own"))
        .hasMessageContaining("There are none")
        .hasMessageContaining("the distribution's kernel");
  }

  @ParameterizedTest
  @CsvSource({
    "'source-package = \"linux-source\"', '', source-package, is missing",
    "'linux-source', 'Linux Source', source-package, is not",
    "'packages = [\"gcc\", \"make\"]', '', packages, is missing",
    "'\"gcc\"', '\"g c c\"', packages, is not",
    "'configuration = \"own.config\"', '', configuration, is missing",
    "'own.config', '../own.config', configuration, is not a path below",
    "'own.config', 'other.config', configuration, cannot be read",
    "'source', 'other = 1\nsource', other, is a key that nobody knows",
    "'source', 'name = \"x\"\nsource', name, is the file's own",
  })
  void aFileThatIsWrongIsRefusedByItsKey(String from, String to, String field, String why)
      throws IOException {
    Files.writeString(
        kernels.resolve("own.toml"), KERNEL.replaceFirst(from.replace("[", "\\["), to));
    assertThatThrownBy(() -> read("own")).hasMessageContaining(field).hasMessageContaining(why);
  }

  @Test
  void theLastFolderCounts() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other/kernels"));
    Files.copy(kernels.resolve("own.config"), other.resolve("own.config"));
    Files.writeString(other.resolve("own.toml"), KERNEL.replace("gcc", "clang"));
    assertThat(new KernelFiles(List.of(folder, folder.resolve("other"))).read("own").packages())
        .containsExactly("clang", "make");
  }

  @Test
  void anImageKnowsItsKernelAndIsAnotherOneByIt() throws IOException {
    RecipeFile usual = plain(null);
    RecipeFile own = plain("own");
    assertThat(usual.recipe().kernel()).isNull();
    assertThat(own.recipe().kernel()).isEqualTo(read("own"));
    assertThat(own.choices().kernel()).isEqualTo("own");
    Digest digest = RecipeIdentity.of(own).digest();
    assertThat(digest).isNotEqualTo(RecipeIdentity.of(usual).digest());
    Files.writeString(
        kernels.resolve("own.config"),
        Files.readString(kernels.resolve("own.config")) + "CONFIG_MORE=y\n");
    assertThat(RecipeIdentity.of(plain("own")).digest()).isNotEqualTo(digest);
    assertThat(RecipeIdentity.of(plain(null)).digest())
        .isEqualTo(RecipeIdentity.of(usual).digest());
  }

  @Test
  void aChoiceHoldsForTheNextBuildUntilItIsTakenBack() {
    var before = new BuildChoices(null, null, "own");
    assertThat(BuildChoices.NONE.over(before)).isEqualTo(before);
    assertThat(new BuildChoices(null, null, "default").over(before)).isEqualTo(BuildChoices.NONE);
    assertThat(new BuildChoices(null, null, "other").over(before).kernel()).isEqualTo("other");
  }
}
