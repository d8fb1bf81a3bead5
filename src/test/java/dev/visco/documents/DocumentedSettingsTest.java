package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.image.recipe.RecipeFile;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What documents show of settings, VM types and recipes is read by what reads the real ones. */
class DocumentedSettingsTest {
  private static final Path SETTINGS = Path.of("docs/settings.md");
  private static final Path USERS = Path.of("docs/users.md");
  private static final Path TYPES = Path.of("docs/vm-types.md");
  private static final Path VOLUMES = Path.of("docs/volumes.md");
  private static final Path IMAGES = Path.of("docs/recipes/add-an-image.md");

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
        .containsExactlyInAnyOrder(SETTINGS, USERS, TYPES, VOLUMES, IMAGES, IMAGES, IMAGES);
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
    assertThat(settings(USERS).oidc().issuer()).isEqualTo("https://sso.example.com/realms/lab");
  }

  private void assertType(String text) throws IOException {
    Path types = Files.createDirectories(folder.resolve("types"));
    Files.writeString(types.resolve("shown.toml"), text);
    assertThat(VmTypes.read(List.of(types))).containsKey("shown");
  }

  @Test
  void types() throws IOException {
    assertType(text(blocks(TYPES).getFirst()));
    assertType(text(blocks(IMAGES).getLast()).replace("\"NAME\"", "\"cli\""));
    assertType(Files.readString(Path.of("types/cli.toml")) + text(blocks(VOLUMES).getFirst()));
    Path types = folder.resolve("types");
    assertThat(Objects.requireNonNull(VmTypes.read(List.of(types)).get("shown")).home())
        .isNotNull();
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
}
