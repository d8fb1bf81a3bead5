package dev.visco.image.recipe;

import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A host's distribution, as os-release(5) describes it.
 *
 * @param id like {@code debian} or {@code ubuntu}
 * @param like the ids of distributions that it is made from, the closest first
 * @param codename of its release, like {@code bookworm}; null when it names none
 */
record Distribution(String id, List<String> like, @Nullable String codename) {
  private static final Path OS_RELEASE = Path.of("/etc/os-release");

  Distribution {
    like = List.copyOf(like);
  }

  /** That of this host. */
  static Distribution ofHost() {
    try {
      return of(Files.readString(OS_RELEASE));
    } catch (IOException e) {
      throw new HostFault("cannot read " + OS_RELEASE + ": " + HostFault.words(e), e);
    }
  }

  /**
   * @param osRelease the text of the file
   */
  static Distribution of(String osRelease) {
    var fields = new HashMap<String, String>();
    osRelease
        .lines()
        .filter(line -> line.matches("[A-Z_]+=.*"))
        .map(line -> line.split("=", 2))
        .forEach(field -> fields.put(field[0], field[1].replaceAll("^[\"']|[\"']$", "").strip()));
    String like = fields.getOrDefault("ID_LIKE", "");
    return new Distribution(
        fields.getOrDefault("ID", "linux"),
        like.isEmpty() ? List.of() : List.of(like.split("\\s+", -1)),
        fields.get("VERSION_CODENAME"));
  }

  /** The release's code name; refused when there is none. */
  String release() {
    if (codename == null || !codename.matches("[a-z]+")) {
      throw new Refused(
          new Refusal.HostLacks(
              "release",
              OS_RELEASE + " names no VERSION_CODENAME.",
              "Build images on Debian or a distribution made from it."));
    }
    return codename;
  }

  /** All names by which a recipe may mean it, the most exact first. */
  List<String> names() {
    var names = new ArrayList<String>();
    Optional.ofNullable(codename).ifPresent(names::add);
    names.add(id);
    names.addAll(like);
    return names;
  }

  /** What is given for it by one of its {@link #names}; empty when nothing is. */
  <T> Optional<T> choose(Map<String, T> given) {
    return names().stream()
        .flatMap(name -> Optional.ofNullable(given.get(name)).stream())
        .findFirst();
  }
}
