package dev.visco.image.recipe;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.Refused;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
  private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+");

  public KernelRecipe {
    requirePackage("source-package", required("source-package", sourcePackage));
    packages = List.copyOf(required("packages", packages));
    packages.forEach(one -> requirePackage("packages", one));
    required("configuration", configuration);
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

  private static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw Refused.invalid(field, "", "is missing", "Add it to the kernel's file.");
    }
    return value;
  }

  private static void requirePackage(String field, String name) {
    if (!PACKAGE.matcher(name).matches()) {
      throw Refused.invalid(
          field, name, "is not a Debian package's name", "Give a Debian package's name.");
    }
  }
}
