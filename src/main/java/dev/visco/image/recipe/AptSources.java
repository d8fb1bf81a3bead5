package dev.visco.image.recipe;

import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Selects those of the host's package sources (sources.list(5)) that are its distribution's; others
 * are not needed. Each selected source is kept unchanged, with its signing keys.
 */
final class AptSources {
  private static final Path APT = Path.of("/etc/apt");
  private static final Pattern ONE_LINE =
      Pattern.compile("deb\\s+(?:\\[([^\\]]*)]\\s*)?(\\S+)\\s+(\\S+)\\s+(.+)");

  private static final Pattern UNCHECKED =
      Pattern.compile(
          "(?i)\\b(trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure)(=|:\\s*)(yes|true|on|1)\\b"
              + "|\\bcheck-(valid-until|date)(=|:\\s*)(no|false|off|0)\\b");

  private AptSources() {}

  /** Writes the sources of the host's release into {@code folder}, for mmdebstrap. */
  static List<Path> write(Path folder) {
    try {
      return write(APT, Distribution.ofHost().release(), folder);
    } catch (IOException e) {
      throw new HostFault("cannot read the package sources in " + APT + ": " + e.getMessage(), e);
    }
  }

  static List<Path> write(Path apt, String release, Path folder) throws IOException {
    var files = new ArrayList<Path>(List.of(apt.resolve("sources.list")));
    Path more = apt.resolve("sources.list.d");
    if (Files.isDirectory(more)) {
      try (var found = Files.newDirectoryStream(more, "*.{list,sources}")) {
        found.forEach(files::add);
      }
    }
    files.sort(null);
    var written = new ArrayList<Path>();
    for (Path file : files) {
      String kept = Files.exists(file) ? own(file, release) : "";
      if (!kept.isEmpty()) {
        Path copy = folder.resolve(file.getFileName());
        Files.write(copy, kept.getBytes(StandardCharsets.UTF_8));
        written.add(copy);
      }
    }
    if (written.isEmpty()) {
      throw new Refused(
          new Refusal.HostLacks(
              "package sources",
              "None of the sources in " + apt + " is of the release " + release + ".",
              "Add the distribution's own, by the name of the release, to "
                  + apt
                  + "/sources.list."));
    }
    return written;
  }

  private static String own(Path file, String release) throws IOException {
    String text = Files.readString(file);
    return file.toString().endsWith(".sources")
        ? ownStanzas(text, release)
        : ownLines(text, release);
  }

  /** The lines of a one-line-style file with sources of this release. */
  static String ownLines(String text, String release) {
    var kept = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      Matcher source = ONE_LINE.matcher(line.replaceFirst("#.*", "").strip());
      if (source.matches()
          && isOwn(List.of(source.group(3)), words(source.group(4)), release)
          && hasOurArchitecture(architectures(source.group(1)))) {
        kept.append(line.strip()).append('\n');
      }
    }
    return kept.toString();
  }

  private static List<String> architectures(String options) {
    for (String option : words(options == null ? "" : options)) {
      if (option.startsWith("arch=")) {
        return List.of(option.substring("arch=".length()).split(",", -1));
      }
    }
    return List.of();
  }

  /** The stanzas of a deb822-style file whose suites are all of this release. */
  static String ownStanzas(String text, String release) {
    var kept = new StringBuilder();
    for (String stanza : text.split("\n\\s*\n", -1)) {
      Map<String, String> fields = fields(stanza);
      if (words(fields.getOrDefault("types", "")).contains("deb")
          && !fields.getOrDefault("enabled", "yes").matches("(?i)no|false|without|off|disable")
          && isOwn(
              words(fields.getOrDefault("suites", "")),
              words(fields.getOrDefault("components", "")),
              release)
          && hasOurArchitecture(words(fields.getOrDefault("architectures", "")))) {
        kept.append(stanza.strip()).append("\n\n");
      }
    }
    return kept.toString();
  }

  /**
   * The fields by name in lower case; a line that begins with a blank continues the previous one.
   */
  private static Map<String, String> fields(String stanza) {
    var fields = new TreeMap<String, String>();
    String name = "";
    for (String line : stanza.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (line.startsWith("#") || line.isBlank()) {
        continue;
      }
      if (Character.isWhitespace(line.charAt(0))) {
        fields.merge(name, line.strip(), (before, more) -> before + " " + more);
      } else if (colon > 0) {
        name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        fields.put(name, line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  /**
   * Whether a source is the distribution's: of its release or its updates, with the component
   * {@code main}, which other sources for the same release seldom have.
   */
  private static boolean isOwn(List<String> suites, List<String> components, String release) {
    return !suites.isEmpty()
        && components.contains("main")
        && suites.stream()
            .allMatch(suite ->
                suite.matches(
                    Pattern.quote(release) + "(-updates|-security|-backports|/updates)?"));
  }

  /**
   * The options in these sources by which apt accepts unsigned or outdated packages, as written;
   * empty when there are none (sources.list(5)).
   */
  static List<String> unchecked(List<Path> files) {
    var found = new ArrayList<String>();
    for (Path file : files) {
      try {
        for (String line : Files.readAllLines(file)) {
          Matcher option = UNCHECKED.matcher(line);
          while (option.find()) {
            found.add(option.group().strip() + " in " + file.getFileName());
          }
        }
      } catch (IOException e) {
        throw new HostFault("cannot read " + file + ": " + e.getMessage(), e);
      }
    }
    return found;
  }

  private static boolean hasOurArchitecture(List<String> architectures) {
    return architectures.isEmpty() || architectures.contains("amd64");
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+", -1));
  }
}
