package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.image.recipe.BuildChoices;
import dev.visco.image.recipe.RecipeFile;
import dev.visco.image.recipe.RecipeFolders;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.settings.Settings;
import dev.visco.settings.SettingsReader;
import dev.visco.settings.VmTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What documents show of settings, VM types and recipes is read by what reads the real ones. */
class DocumentedSettingsTest {
  private static final Path SETTINGS = Path.of("docs/settings.md");
  private static final Path HTTPS = Path.of("docs/reverse-proxy.md");
  private static final Path USERS = Path.of("docs/users.md");
  private static final Path VAULT = Path.of("docs/vault.md");
  private static final Path TYPES = Path.of("docs/vm-types.md");
  private static final Path POOLS = Path.of("docs/pools.md");
  private static final Path VOLUMES = Path.of("docs/volumes.md");
  private static final Path PROVIDERS = Path.of("docs/recipes/add-a-provider.md");
  private static final Path TOOLS = Path.of("docs/recipes/add-a-tool.md");
  private static final Path IMAGES = Path.of("docs/recipes/add-an-image.md");
  private static final Path KERNELS = Path.of("docs/recipes/add-a-kernel.md");

  @TempDir private Path folder;

  private static List<FencedBlock> blocks(Path document) {
    return FencedBlock.of(document).stream()
        .filter(block -> block.language().equals("toml"))
        .toList();
  }

  /** Its lines, as they are without the list's indentation. */
  private static String text(FencedBlock block) {
    return String.join("\n", block.lines().stream().map(String::strip).toList()) + "\n";
  }

  @Test
  void everyBlockOfTomlIsReadHere() {
    var found = new ArrayList<Path>();
    for (Path document : FencedBlock.documents()) {
      blocks(document).forEach(_ -> found.add(document));
    }
    assertThat(found)
        .containsExactlyInAnyOrder(
            SETTINGS, HTTPS, USERS, TYPES, VOLUMES, IMAGES, IMAGES, IMAGES, IMAGES, IMAGES, TOOLS,
            TOOLS, KERNELS, PROVIDERS, VAULT, POOLS);
  }

  private Settings settings(Path document) throws IOException {
    Files.writeString(folder.resolve("visco.toml"), text(blocks(document).getFirst()));
    return new SettingsReader(folder.resolve("home"), folder, 10_000).read(Map.of(), Map.of());
  }

  @Test
  void settings() throws IOException {
    Settings read = settings(SETTINGS);
    assertThat(read.data()).isEqualTo(Path.of("/srv/visco"));
    assertThat(read.pool()).hasToString("10.20.0.0/24");
    assertThat(read.spareSlots()).isEqualTo(8);
    Settings https = settings(HTTPS);
    assertThat(https.listenHost()).isEqualTo("0.0.0.0");
    assertThat(Objects.requireNonNull(https.tls()).key())
        .isEqualTo(Path.of("/etc/letsencrypt/live/visco.example.com/privkey.pem"));
    assertThat(settings(USERS).oidc().issuer()).isEqualTo("https://sso.example.com/realms/lab");
    assertThat(settings(VAULT).vault().keyFile()).isEqualTo(Path.of("/etc/visco/vault.key"));
  }

  private void assertType(String text) throws IOException {
    Path types = Files.createDirectories(folder.resolve("types"));
    Files.writeString(types.resolve("shown.toml"), text);
    assertThat(VmTypes.read(List.of(types))).containsKey("shown");
  }

  @Test
  void types() throws IOException {
    assertType(text(blocks(TYPES).getFirst()));
    assertType(text(blocks(POOLS).getFirst()));
    assertType(text(blocks(IMAGES).getLast()).replace("\"NAME\"", "\"cli\""));
    assertType(Files.readString(Path.of("types/cli.toml")) + text(blocks(VOLUMES).getFirst()));
    Path types = folder.resolve("types");
    assertThat(Objects.requireNonNull(VmTypes.read(List.of(types)).get("shown")).home())
        .isNotNull();
  }

  /** A provider with every table. */
  @Test
  void providers() throws IOException {
    Files.writeString(folder.resolve("shown.toml"), text(blocks(PROVIDERS).getFirst()));
    Provider read = Objects.requireNonNull(Providers.read(List.of(folder)).get("shown"));
    assertThat(read.login().getFirst().redirect()).isNotNull();
    assertThat(read.prompt()).isNotNull();
    assertThat(read.placeholder()).isNotNull();
  }

  /** All that a recipe may have; with a base it would have some of it twice. */
  @Test
  void recipes() throws IOException {
    Files.writeString(
        Files.createDirectory(folder.resolve("files")).resolve("start"), "#!/bin/sh\n");
    String all = text(blocks(IMAGES).getFirst()).replaceFirst("(?m)^base = .*$", "");
    String kernels = text(blocks(IMAGES).get(1)).strip();
    for (String recipe : List.of(all, all.replaceFirst("(?m)^kernel-package = .*$", kernels))) {
      Path file = Files.writeString(folder.resolve("shown.toml"), recipe);
      assertThat(RecipeFile.read(file, name -> Optional.empty()).recipe().toString())
          .contains("git");
    }
    assertThat(all).doesNotContain(kernels);
  }

  @Test
  void aKernelOfOnesOwn() throws IOException {
    Path kernels = Files.createDirectory(folder.resolve("kernels"));
    Files.writeString(kernels.resolve("mine.toml"), text(blocks(KERNELS).getFirst()));
    Files.copy(Path.of("images/kernels/lean.config"), kernels.resolve("NAME.config"));
    Files.copy(Path.of("images/cli.toml"), folder.resolve("shown.toml"));
    assertThat(
            new RecipeFolders(List.of(folder), () -> false)
                .read("shown", new BuildChoices(null, null, "mine"))
                .recipe()
                .kernel())
        .extracting(kernel -> Objects.requireNonNull(kernel).packages())
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .contains("gcc");
  }

  @Test
  void toolsAndBrowsersOfARecipe() throws IOException {
    Path tools = Files.createDirectory(folder.resolve("tools"));
    Files.writeString(
        tools.resolve("codex.toml"), text(blocks(TOOLS).getFirst()).replaceFirst("needs = .*", ""));
    Files.writeString(tools.resolve("github.toml"), text(blocks(TOOLS).getLast()));
    Files.writeString(
        folder.resolve("cli.toml"),
        Files.readString(Path.of("images/cli.toml")).replace("memory-mib = 256", "memory-mib = 600")
            + "[[services]]\nname = \"browser\"\nprogram = \"/usr/bin/browser\"\n");
    Files.writeString(
        folder.resolve("shown.toml"), text(blocks(IMAGES).get(2)) + text(blocks(IMAGES).get(3)));
    for (boolean kvm : new boolean[] {false, true}) {
      var recipe =
          new RecipeFolders(List.of(folder), () -> kvm).read("shown", BuildChoices.NONE).recipe();
      assertThat(recipe.packages()).contains(kvm ? "chromium" : "netsurf-gtk");
      assertThat(recipe.toolList()).hasSize(2);
    }
  }
}
