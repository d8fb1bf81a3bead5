package dev.visco.image.recipe;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.Refused;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tool that images may have besides what their recipes say: data from {@code tools/NAME.toml}
 * beside the recipes. It comes from npm's registry, or is packages of the host's distribution.
 *
 * @param name 1 to 32 lower-case letters, digits and hyphens
 * @param version the exact version of its package from npm; null when it has none
 * @param memoryMib MiB that a guest needs which runs it, 32 to 1,048,576
 * @param diskMib MiB that its files take; 0 when it is packages of the distribution
 * @param npm its package of npm's registry; null for none
 * @param packages of the host's Debian release
 * @param programs the names by which its programs are called, with their paths in the package
 * @param needs names of other tools that it does not run without
 */
public record Tool(
    @JsonProperty("name") String name,
    @JsonProperty("version") @Nullable String version,
    @JsonProperty("memory-mib") int memoryMib,
    @JsonProperty("disk-mib") int diskMib,
    @JsonProperty("npm") @Nullable NpmPackage npm,
    @JsonProperty("packages") @Nullable List<String> packages,
    @JsonProperty("programs") @Nullable Map<String, String> programs,
    @JsonProperty("needs") @Nullable List<String> needs) {
  private static final Pattern PROGRAM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");

  public Tool {
    Recipe.checked("name", name, Recipe.NAME, "a tool's name");
    Recipe.inRange("memory-mib", memoryMib, 32, 1_048_576);
    packages = packages == null ? List.of() : List.copyOf(packages);
    programs = programs == null ? Map.of() : new TreeMap<>(programs);
    needs = needs == null ? List.of() : List.copyOf(needs);
    for (String one : packages) {
      Recipe.checked("packages", one, Recipe.PACKAGE, "a Debian package's name");
    }
    for (String one : needs) {
      Recipe.checked("needs", one, Recipe.NAME, "a tool's name");
    }
    programs.forEach((program, path) -> {
      Recipe.checked("programs", program, PROGRAM, "a program's name");
      Recipe.checked("programs." + program, path, Recipe.RELATIVE, "a path inside the package");
    });
    if (npm != null) {
      Recipe.checked(
          "version",
          Recipe.required("version", version),
          NpmPackage.VERSION,
          "an exact version like 1.2.3");
      Recipe.inRange("disk-mib", diskMib, 1, 65_536);
    } else if (packages.isEmpty()) {
      throw Refused.invalid(
          "npm", "", "is missing", "Say where the tool comes from: npm, or packages.");
    }
    if ((npm == null) != programs.isEmpty()) {
      throw Refused.invalid(
          "programs",
          String.join(", ", programs.keySet()),
          "are those of a package from npm",
          "Name the programs of npm's package, and none without one.");
    }
  }

  /** Its packages of the host's distribution. */
  public List<String> packageList() {
    return packages == null ? List.of() : packages;
  }

  /** Its programs by name, with their paths in the package. */
  public Map<String, String> programPaths() {
    return programs == null ? Map.of() : programs;
  }

  List<String> needList() {
    return needs == null ? List.of() : needs;
  }

  /** What npm is asked for: a package and its exact version. */
  String npmSpec() {
    NpmPackage from = Objects.requireNonNull(npm);
    return from.name() + "@" + Objects.requireNonNullElse(from.version(), version);
  }
}
