package dev.visco.image.recipe;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.Refused;
import java.util.List;

/**
 * A kernel that is built of a distribution's source, {@code kernels/NAME.toml}. The keys are part
 * of the digest of images that have it ({@link RecipeIdentity}).
 *
 * @param name the file's
 * @param sourcePackage the package with the source, or a meta package that depends on it
 * @param packages what builds it
 * @param configuration the text of the file with its options, see {@link KernelOptions}
 */
public record KernelRecipe(
    @JsonProperty("name") String name,
    @JsonProperty("source-package") String sourcePackage,
    @JsonProperty("packages") List<String> packages,
    @JsonProperty("configuration") String configuration) {
  public KernelRecipe {
    Recipe.checked(
        "source-package",
        Recipe.required("source-package", sourcePackage),
        Recipe.PACKAGE,
        "a Debian package's name");
    packages = List.copyOf(Recipe.required("packages", packages));
    for (String one : packages) {
      Recipe.checked("packages", one, Recipe.PACKAGE, "a Debian package's name");
    }
    Recipe.required("configuration", configuration);
    var options = KernelOptions.of(configuration);
    List<String> missing = options.missing();
    if (!missing.isEmpty()) {
      throw Refused.invalid(
          "configuration",
          String.join(", ", missing),
          "must be built in, since the kernel " + name + " gets no initramfs",
          "Add =y for each.");
    }
  }
}
