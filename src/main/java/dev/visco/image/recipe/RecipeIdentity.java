package dev.visco.image.recipe;

import dev.visco.model.Digest;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The identity of a recipe, by which its image is recognized: the SHA-256 of everything that goes
 * into the image, as canonical JSON ({@link Json#canonical}). The keys are those of recipe files,
 * so that neither renaming a Java component nor adding a key that a recipe does not use changes a
 * digest.
 *
 * @param digest of the canonical JSON
 * @param former the digest of the same recipe in the manifests of earlier versions; an image with
 *     it is up to date, too
 */
public record RecipeIdentity(Digest digest, Digest former) {
  /** The version of the builder, raised when it makes another image of the same recipe. */
  private static final int BUILDER = 5;

  /**
   * The identity of a recipe with the files that it copies; refused when one of them cannot be
   * read.
   */
  public static RecipeIdentity of(RecipeFile file) {
    try (InputStream in =
        Objects.requireNonNull(RecipeIdentity.class.getResourceAsStream("init"))) {
      byte[] init = in.readAllBytes();
      var contents = new ArrayList<byte[]>();
      for (Recipe.FileEntry entry : file.recipe().fileList()) {
        contents.add(Files.readAllBytes(file.source(entry)));
      }
      return of(BUILDER, file.recipe(), init, contents);
    } catch (IOException e) {
      throw Refused.invalid(
          "files.source",
          e.getMessage() + "",
          "cannot be read",
          "Correct the recipe " + file.path() + ".");
    }
  }

  /**
   * The identity of a recipe whose files were read.
   *
   * @param init the first program of the initramfs that Visco makes
   * @param contents of the files that the recipe copies, in its order
   */
  public static RecipeIdentity of(int builder, Recipe recipe, byte[] init, List<byte[]> contents) {
    String text = text(builder, recipe, init, contents);
    Digest digest = Digest.of(text.getBytes(StandardCharsets.UTF_8));
    return new RecipeIdentity(
        digest,
        // No earlier version knew of tools.
        recipe.toolList().isEmpty()
            ? FormerRecipeText.digest(builder, recipe, init, contents)
            : digest);
  }

  /** The canonical JSON. */
  public static String text(int builder, Recipe recipe, byte[] init, List<byte[]> contents) {
    var files = new TreeMap<String, Digest>();
    for (int at = 0; at < contents.size(); at++) {
      files.put(recipe.fileList().get(at).target(), Digest.of(contents.get(at)));
    }
    return Json.canonical(
        Map.of("builder", builder, "contents", files, "init", Digest.of(init), "recipe", recipe));
  }

  /** Whether an image with this recipe digest in its manifest is up to date. */
  public boolean matches(Digest recipe) {
    return digest.equals(recipe) || former.equals(recipe);
  }
}
