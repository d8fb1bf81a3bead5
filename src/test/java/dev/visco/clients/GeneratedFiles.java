package dev.visco.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What is made of the API's description and kept in the repository beside what is not. */
final class GeneratedFiles {
  private GeneratedFiles() {}

  /** Writes what each file should be below {@code target}, and fails when one is not so. */
  static void requireCurrent(Map<Path, String> files) throws IOException {
    var others = new ArrayList<String>();
    for (var file : files.entrySet()) {
      Path made = Path.of("target").resolve(file.getKey());
      Files.createDirectories(made.toAbsolutePath().getParent());
      Files.writeString(made, file.getValue());
      if (!Files.exists(file.getKey())
          || !Files.readString(file.getKey()).equals(file.getValue())) {
        others.add(file.getKey().toString());
      }
    }
    assertThat(others)
        .as("of another version of the API: cp -r target/clients/. clients/")
        .isEmpty();
  }

  /** Fails where a folder has a file that is made no longer. */
  static void requireNoOthers(Path folder, Set<Path> made) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> !made.contains(file)))
          .as("files that are made no longer: remove them")
          .isEmpty();
    }
  }
}
