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
 * By what an image that was built from a recipe is recognized: the SHA-256 of all that went into
 * it, as canonical JSON ({@link Json#canonical}). The keys are those of recipe files, so that
 * neither renaming a Java component nor a new key that a recipe does not use changes a digest.
 *
 * @param digest of the canonical JSON
 * @param former digest of the same recipe as versions before this form wrote it into manifests; an
 *     image with it is as up to date as one with {@code digest}
 */
public record RecipeIdentity(Digest digest, Digest former) {
  /** Raised when the builder itself makes something else of the same recipe. */
  private static final int BUILDER = 5;

  /** Of a recipe with the files that it copies; refused when one of them cannot be read. */
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
   * The same of what was read.
   *
   * @param init the first program of the initramfs that Visco makes
   * @param contents of the files that the recipe copies, in its order
   */
  public static RecipeIdentity of(int builder, Recipe recipe, byte[] init, List<byte[]> contents) {
    String text = text(builder, recipe, init, contents);
    return new RecipeIdentity(
        Digest.of(text.getBytes(StandardCharsets.UTF_8)),
        FormerRecipeText.digest(builder, recipe, init, contents));
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

  /** Whether an image whose manifest names this recipe is what the recipe makes today. */
  public boolean matches(Digest recipe) {
    return digest.equals(recipe) || former.equals(recipe);
  }
}
