package dev.visco.image;

import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The host's own package sources, as far as they are those of its distribution: other people's are
 * not needed.
 */
final class AptSources {
  private static final Path APT = Path.of("/etc/apt");
  private static final Pattern CODENAME = Pattern.compile("(?m)^VERSION_CODENAME=\"?([a-z]+)\"?");

  private AptSources() {}

  /** The release's code name, like {@code bookworm}. */
  static String release() {
    try {
      Matcher name = CODENAME.matcher(Files.readString(Path.of("/etc/os-release")));
      if (name.find()) {
        return name.group(1);
      }
    } catch (IOException e) {
      throw new HostFault("cannot read /etc/os-release", e);
    }
    throw new Refused(
        new Refusal.HostLacks(
            "release",
            "/etc/os-release names no VERSION_CODENAME.",
            "Build images on Debian or a distribution made from it."));
  }

  /** Files with sources of this release only. */
  static List<Path> files() throws IOException {
    String release = release();
    var found = new ArrayList<Path>();
    Path main = APT.resolve("sources.list");
    if (Files.exists(main) && isOfRelease(Files.readString(main), release)) {
      found.add(main);
    }
    Path more = APT.resolve("sources.list.d");
    if (Files.isDirectory(more)) {
      try (var files = Files.newDirectoryStream(more, "*.{list,sources}")) {
        for (Path file : files) {
          if (isOfRelease(Files.readString(file), release)) {
            found.add(file);
          }
        }
      }
    }
    if (found.isEmpty()) {
      throw new Refused(
          new Refusal.HostLacks(
              "package sources",
              "None of the host's apt sources is of the release " + release + ".",
              "Add the release's own to /etc/apt/sources.list."));
    }
    return found;
  }

  /** Whether every source in this text is of the release or of one of its updates. */
  static boolean isOfRelease(String text, String release) {
    var suites = new ArrayList<String>();
    for (String line : text.split("\n", -1)) {
      String[] words = line.strip().split("\\s+", -1);
      if (line.startsWith("Suites:")) {
        suites.addAll(List.of(words).subList(1, words.length));
      } else if (words[0].equals("deb")) {
        String rest = line.replaceFirst("^\\s*deb\\s+(\\[[^\\]]*]\\s*)?\\S+\\s+", "");
        suites.add(rest.split("\\s+", -1)[0]);
      }
    }
    return !suites.isEmpty()
        && suites.stream()
            .allMatch(suite ->
                suite.matches(
                    Pattern.quote(release) + "(-updates|-security|-backports|/updates)?"));
  }
}
