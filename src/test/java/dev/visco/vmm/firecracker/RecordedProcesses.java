package dev.visco.vmm.firecracker;

import dev.visco.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * What real Firecrackers and jailers answered; {@code src/test/resources/recordings/README.md} says
 * how a file is built.
 */
final class RecordedProcesses {
  static final List<String> RELEASES = List.of("1.9.1", "1.13.1", "1.14.4", "1.16.1");

  private RecordedProcesses() {}

  private static JsonNode read(String name) {
    try {
      return Json.mapper()
          .readTree(Files.readString(Path.of("src/test/resources/recordings", name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of a release's scenarios; {@code transport} is {@code mmio} or {@code pci}. */
  static List<JsonNode> scenarios(String release, String transport) {
    var all = new ArrayList<JsonNode>();
    read(release + "-" + transport + ".json").path("scenarios").forEach(all::add);
    return all;
  }

  static JsonNode scenario(String release, String transport, String name) {
    return scenarios(release, transport).stream()
        .filter(scenario -> scenario.path("name").asString("").equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(release + "-" + transport + " has no " + name));
  }

  /** All runs of a release's jailer. */
  static List<JsonNode> jailerRuns(String release) {
    var all = new ArrayList<JsonNode>();
    read(release + "-jailer.json").path("runs").forEach(all::add);
    return all;
  }

  static List<String> words(JsonNode array) {
    var words = new ArrayList<String>();
    Objects.requireNonNull(array).forEach(word -> words.add(word.asString()));
    return words;
  }
}
