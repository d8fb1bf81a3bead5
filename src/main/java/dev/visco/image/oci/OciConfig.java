package dev.visco.image.oci;

import dev.visco.image.ContainerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads an image's configuration (OCI image specification, config.md). */
final class OciConfig {
  private static final int MAX_WORDS = 4096;

  private OciConfig() {}

  /** Reads it; refuses an image for another platform. */
  static ContainerConfig of(String what, JsonNode document) {
    String os = document.path("os").asString("linux");
    String architecture = document.path("architecture").asString("amd64");
    if (!os.equals("linux") || !architecture.equals("amd64")) {
      throw OciDocuments.otherPlatform(what, os + "/" + architecture);
    }
    JsonNode config = document.path("config");
    String folder = config.path("WorkingDir").asString("");
    String stop = config.path("StopSignal").asString("");
    return new ContainerConfig(
        words(what, config.path("Entrypoint")),
        words(what, config.path("Cmd")),
        environment(config.path("Env")),
        text(what, config.path("User").asString("")),
        folder.startsWith("/") ? text(what, folder) : "/" + text(what, folder),
        config.path("ExposedPorts").properties().stream().map(Map.Entry::getKey).sorted().toList(),
        stop.matches("[A-Z0-9+-]{1,16}") ? stop : null);
  }

  private static List<String> words(String what, JsonNode list) {
    var words = new ArrayList<String>();
    for (JsonNode word : list) {
      words.add(text(what, word.asString("")));
    }
    if (words.size() > MAX_WORDS) {
      throw OciRefusal.layer(what, "has a command of " + words.size() + " words");
    }
    return List.copyOf(words);
  }

  private static Map<String, String> environment(JsonNode list) {
    var found = new LinkedHashMap<String, String>();
    for (JsonNode one : list) {
      String line = one.asString("");
      int equals = line.indexOf('=');
      if (equals > 0 && line.indexOf('\0') < 0) {
        found.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return found;
  }

  private static String text(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw OciRefusal.layer(what, "has a NUL in a word, which no program can be given");
    }
    return text;
  }
}
