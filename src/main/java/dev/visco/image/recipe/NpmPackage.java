package dev.visco.image.recipe;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.Refused;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A package of npm's registry, with all that it consists of: nothing that it depends on comes with
 * it, and none of its scripts is run.
 *
 * @param name with its scope, like {@code @openai/codex}
 * @param version as npm names it; null for that of the tool
 * @param integrity the SHA-512 of its archive as npm writes it: {@code sha512-} and Base64
 * @param files files and folders of it that are wanted, without a leading slash; empty for all
 */
public record NpmPackage(
    @JsonProperty("package") String name,
    @JsonProperty("version") @Nullable String version,
    @JsonProperty("integrity") String integrity,
    @JsonProperty("files") @Nullable List<String> files) {
  private static final Pattern NAME =
      Pattern.compile("(@[a-z0-9][a-z0-9._-]{0,99}/)?[a-z0-9][a-z0-9._-]{0,99}");
  private static final Pattern SHA512 = Pattern.compile("sha512-[A-Za-z0-9+/]{86}==");

  /** An exact version, and no range: npm takes a word with other characters for one. */
  static final Pattern VERSION =
      Pattern.compile("\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}([-+][A-Za-z0-9.+-]{1,64})?");

  public NpmPackage {
    Recipe.checked("npm.package", Recipe.required("npm.package", name), NAME, "a package's name");
    if (version != null) {
      Recipe.checked("npm.version", version, VERSION, "an exact version like 1.2.3");
    }
    if (!SHA512.matcher(Recipe.required("npm.integrity", integrity)).matches()) {
      throw Refused.invalid(
          "npm.integrity",
          integrity,
          "is not the SHA-512 of an archive",
          "Give what npm view " + name + "@VERSION dist.integrity says.");
    }
    files = files == null ? List.of() : List.copyOf(files);
    for (String file : files) {
      Recipe.checked("npm.files", file, Recipe.RELATIVE, "a path inside the package");
    }
  }

  List<String> fileList() {
    return files == null ? List.of() : files;
  }

  /** Whether a path of the package is wanted. */
  boolean wants(String path) {
    return fileList().isEmpty()
        || fileList().stream().anyMatch(file -> path.equals(file) || path.startsWith(file + "/"));
  }
}
