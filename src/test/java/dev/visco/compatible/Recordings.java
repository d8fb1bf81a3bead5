package dev.visco.compatible;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What real processes answered; {@code src/test/resources/recordings/README.md} says how a file is
 * built.
 */
final class Recordings {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Pattern REPEAT = Pattern.compile("\\$\\{repeat (.) (\\d+)}");

  private Recordings() {}

  /** Of one release and transport. */
  record Recording(String release, boolean pci, List<Scenario> scenarios) {
    String name() {
      return release + (pci ? "-pci" : "-mmio");
    }
  }

  /**
   * One fresh process.
   *
   * @param json with {@code args}, {@code files}, {@code steps}
   */
  record Scenario(String name, JsonNode json) {
    List<JsonNode> steps() {
      return list(json.path("steps"));
    }
  }

  static List<JsonNode> list(JsonNode array) {
    var all = new ArrayList<JsonNode>();
    array.forEach(all::add);
    return all;
  }

  /** Replays one scenario. */
  interface Replaying {
    void replay(Recording recording, Scenario scenario, Deviations deviations) throws Exception;
  }

  /**
   * A test for each scenario that is meant: of the newest release, or of all with {@code
   * -Dvisco.all=true}.
   */
  static List<DynamicTest> tests(Predicate<Scenario> isMeant, Replaying replaying) {
    var deviations = Deviations.read();
    var tests = new ArrayList<DynamicTest>();
    for (Recording recording : all()) {
      boolean newest = recording.release().equals(ShownRelease.NEWEST.text());
      if (newest || Boolean.getBoolean("visco.all")) {
        recording.scenarios().stream()
            .filter(isMeant)
            .map(scenario ->
                dynamicTest(
                    recording.name() + " " + scenario.name(),
                    () -> replaying.replay(recording, scenario, deviations)))
            .forEach(tests::add);
      }
    }
    return tests;
  }

  static List<Recording> all() {
    var all = new ArrayList<Recording>();
    for (ShownRelease release : ShownRelease.values()) {
      for (boolean pci : new boolean[] {false, true}) {
        if (!pci || release.hasPci()) {
          all.add(read(release.text(), pci));
        }
      }
    }
    return all;
  }

  private static Recording read(String release, boolean pci) {
    Path file =
        Path.of("src/test/resources/recordings", release + (pci ? "-pci" : "-mmio") + ".json");
    try {
      var scenarios = new ArrayList<Scenario>();
      MAPPER
          .readTree(Files.readString(file))
          .path("scenarios")
          .forEach(each -> scenarios.add(new Scenario(each.path("name").asString(), each)));
      return new Recording(release, pci, scenarios);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With {@code ${dir}} and {@code ${repeat c n}} put in. */
  static String filled(String text, Path folder) {
    String filled = text.replace("${dir}", folder.toString());
    return REPEAT
        .matcher(filled)
        .replaceAll(match ->
            java.util.regex.Matcher.quoteReplacement(
                match.group(1).repeat(Integer.parseInt(match.group(2)))));
  }

  static JsonNode filled(JsonNode json, Path folder) {
    // The folder's name is plain, so that it may stand in JSON text as it is.
    return MAPPER.readTree(filled(json.toString(), folder));
  }

  static JsonNode parse(String text) {
    return MAPPER.readTree(text);
  }

  /** As the recorder wrote bodies: a space behind each comma and colon. */
  static String spaced(JsonNode node) {
    if (node.isObject()) {
      var members = new ArrayList<String>();
      node.properties()
          .forEach(member ->
              members.add(
                  MAPPER.writeValueAsString(member.getKey()) + ": " + spaced(member.getValue())));
      return "{" + String.join(", ", members) + "}";
    }
    if (node.isArray()) {
      return "[" + String.join(", ", list(node).stream().map(Recordings::spaced).toList()) + "]";
    }
    return node.toString();
  }
}
