package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.provider.Providers;
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

/** What is chosen of a recipe when its image is built. */
class RecipeChoicesTest {
  private static final String RECIPE =
      """
      packages = ["jwm"]
      kernel-package = "linux-image-cloud-amd64"
      size-mib = 2048
      vcpus = 1
      memory-mib = 600
      tools = ["one"]
      browser = { kvm = "large", emulated = "small" }

      [browsers.large]
      package = "large-browser"
      program = "/usr/bin/large"
      min-memory-mib = 512

      [browsers.small]
      package = "small-browser"
      program = "/usr/bin/small"

      [[services]]
      name = "browser"
      program = "/usr/bin/start-browser"
      """;

  private static final String NPM =
      """
      version = "1.0.0"
      memory-mib = 700
      disk-mib = 3
      needs = ["two"]
      programs = { one = "bin/one" }

      [npm]
      package = "@example/one"
      integrity = "sha512-%s=="
      """
          .formatted("A".repeat(86));

  private static final String DEBIAN = "memory-mib = 64\npackages = [\"two\"]\n";

  @TempDir private Path folder;
  private Path tools;

  @BeforeEach
  void files() throws IOException {
    tools = Files.createDirectory(folder.resolve("tools"));
    Files.writeString(folder.resolve("desk.toml"), RECIPE);
    Files.writeString(tools.resolve("one.toml"), NPM);
    Files.writeString(tools.resolve("two.toml"), DEBIAN);
  }

  private RecipeFile read(boolean kvm, @Nullable List<String> with, @Nullable String browser) {
    return new RecipeFolders(List.of(folder), () -> kvm)
        .read("desk", new BuildChoices(with, browser, null));
  }

  private Refusal refusal(@Nullable List<String> with, @Nullable String browser) {
    return catchThrowableOfType(Refused.class, () -> read(false, with, browser)).refusal();
  }

  @Test
  void theBrowserIsTheOneForThisHostUnlessOneIsNamed() {
    RecipeFile small = read(false, null, null);
    assertThat(small.recipe().packages()).containsExactly("jwm", "small-browser");
    assertThat(small.recipe().serviceList().getFirst().needList())
        .containsExactly("/usr/bin/small");
    assertThat(small.recipe().minMemoryMib()).isNull();
    assertThat(small.choices()).isEqualTo(new BuildChoices(null, "small", null));
    RecipeFile large = read(true, null, null);
    assertThat(large.recipe().packages()).containsExactly("jwm", "large-browser");
    assertThat(large.recipe().minMemoryMib()).isEqualTo(512);
    assertThat(read(false, null, "large")).isEqualTo(large);
    assertThat(refusal(null, "huge").remedy()).contains("large, small");
  }

  @Test
  void aToolComesWithThoseThatItNeedsAndWithItsMemory() {
    RecipeFile file = read(false, null, null);
    assertThat(file.recipe().toolList()).extracting(Tool::name).containsExactly("two", "one");
    assertThat(file.recipe().toolsOnDisk()).extracting(Tool::name).containsExactly("one");
    assertThat(file.recipe().everyPackage()).containsExactly("jwm", "small-browser", "two");
    assertThat(file.recipe().enoughMemoryMib()).isEqualTo(700);
    RecipeFile two = read(false, List.of("two"), null);
    assertThat(two.recipe().toolsOnDisk()).isEmpty();
    assertThat(two.recipe().enoughMemoryMib()).isEqualTo(600);
    assertThat(two.choices().tools()).containsExactly("two");
    assertThat(refusal(List.of("three"), null))
        .isInstanceOfSatisfying(
            Refusal.Invalid.class,
            refusal -> {
              assertThat(refusal.field()).isEqualTo("with");
              assertThat(refusal.remedy()).contains("one, two");
            });
    assertThat(refusal(List.of("../one"), null).detail()).contains("../one");
  }

  @Test
  void anotherVersionOfAToolIsAnotherImage() throws IOException {
    Digest first = RecipeIdentity.of(read(false, null, null)).digest();
    RecipeIdentity without = RecipeIdentity.of(read(false, List.of("two"), null));
    assertThat(without.digest()).isNotEqualTo(first);
    Files.writeString(tools.resolve("one.toml"), NPM.replace("1.0.0", "1.0.1"));
    assertThat(RecipeIdentity.of(read(false, null, null)).digest()).isNotEqualTo(first);
  }

  @Test
  void whatWasChosenBeforeStaysUntilSomethingElseOrTheRecipesOwnIsAskedFor() {
    var before = new BuildChoices(List.of("two"), "large", null);
    assertThat(BuildChoices.NONE.over(before)).isEqualTo(before);
    assertThat(new BuildChoices(List.of("one"), null, null).over(before))
        .isEqualTo(new BuildChoices(List.of("one"), "large", null));
    assertThat(new BuildChoices(List.of("default"), "default", null).over(before))
        .isEqualTo(BuildChoices.NONE);
    assertThat(BuildChoices.NONE.over(null)).isEqualTo(BuildChoices.NONE);
    assertThat(refusal(List.of("two", "two"), null).detail()).contains("is there twice");
  }

  /** What stands in the file, what stands there instead, and what the refusal names. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          one  | "1.0.0"            | "^1"             | version       | is not an exact version
          one  | needs = ["two"]    | need = ["two"]   | need          | nobody knows
          one  | needs = ["two"]    | needs = ["one"]  | needs         | needs itself
          one  | needs = ["two"]    | needs = ["no"]   | needs         | is no tool
          one  | "bin/one"          | "../one"         | programs.one  | is not a path inside
          one  | one = "bin/one"    | "a b" = "one"    | programs      | is not a program's name
          one  | programs = { one = "bin/one" } | programs = {} | programs | npm
          one  | "@example/one"     | "--version"      | npm.package   | is not a package's name
          one  | "sha512-           | "sha1-           | npm.integrity | is not the SHA-512
          one  | disk-mib = 3       | disk-mib = 0     | disk-mib      | out of range
          one  | memory-mib = 700   | memory-mib = 7   | memory-mib    | out of range
          two  | packages = ["two"] | packages = []    | npm           | is missing
          two  | packages = ["two"] | packages = ["T"] | packages      | is not a Debian package's name
          desk | kvm = "large", emulated = "small" | kvm = "large" | browser.emulated | is missing
          desk | name = "browser"   | name = "other"   | browsers      | stands without a service
          desk | package = "small-browser" | packages = "x" | browsers.packages | nobody knows
          desk | tools = ["one"]    | tools = "one"    | tools         | is no list
          """)
  void refusesByFieldValueAndRemedy(
      String file, String good, String bad, String field, String reason) throws IOException {
    Path path = file.equals("desk") ? folder.resolve("desk.toml") : tools.resolve(file + ".toml");
    assertThat(Files.readString(path)).contains(good);
    Files.writeString(path, Files.readString(path).replace(good, bad));
    Refusal refusal = refusal(null, null);
    assertThat(refusal)
        .isInstanceOfSatisfying(
            Refusal.Invalid.class,
            invalid -> {
              assertThat(invalid.field()).startsWith(field);
              assertThat(invalid.reason()).contains(reason);
              assertThat(invalid.remedy()).isNotBlank();
            });
  }

  @Test
  void aRecipeWithoutBrowsersLetsNobodyChooseOne() throws IOException {
    Files.writeString(
        folder.resolve("desk.toml"), RECIPE.replaceFirst("(?s)browser = .*?\\[\\[", "[["));
    assertThat(refusal(null, "large").detail()).contains("has no browsers");
  }

  /** The files of tools and of providers are of one and the same version. */
  @Test
  void theShippedToolsAreThoseThatProvidersWereTriedWith() {
    var providers = Providers.read(List.of(Path.of("providers")));
    var files = new ToolFiles(List.of(Path.of("images")));
    List<Tool> all = files.read("tools", List.copyOf(files.names()));
    assertThat(files.names()).containsAll(providers.keySet());
    for (Tool tool : all) {
      var provider = providers.get(tool.name());
      if (provider != null && tool.npm() != null) {
        assertThat(provider.versions()).contains(tool.version());
        assertThat(tool.programPaths()).containsKey(provider.tool());
        assertThat(provider.memoryMib()).isEqualTo(tool.memoryMib());
      }
    }
  }
}
