package dev.visco.failures;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A way in which a real guest fails: {@code src/test/failures/NAME.toml}.
 *
 * @param about what somebody did
 * @param rows of {@code docs/failures.md} that it is about
 * @param make a shell script that changes copies of the cli image's files; none for the image
 *     itself
 * @param create what {@code visco create} is given
 * @param after a shell script that is run once the VM is ready; none for a VM that never is
 * @param rule that explains it
 * @param criterion the first that is not met, 0 when all are
 * @param follows other rules that match as consequences
 * @param refused the preflight's rules that object without {@code --force}
 */
record FailureCase(
    String about,
    List<Integer> rows,
    @Nullable String make,
    @Nullable List<String> create,
    @Nullable String after,
    String rule,
    int criterion,
    @Nullable List<String> follows,
    @JsonProperty("refused") @Nullable List<String> refused) {
  static final Path FOLDER = Path.of("src/test/failures");
  static final Path EVIDENCE = Path.of("src/test/resources/failures");

  FailureCase {
    create = Objects.requireNonNullElse(create, List.of());
    follows = Objects.requireNonNullElse(follows, List.of());
    refused = Objects.requireNonNullElse(refused, List.of());
  }

  static FailureCase read(String name) {
    return new TomlMapper().readValue(FOLDER.resolve(name + ".toml"), FailureCase.class);
  }

  /** Names of all cases. */
  static List<String> names() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".toml"))
          .map(name -> name.replace(".toml", ""))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path evidence(String name) {
    return EVIDENCE.resolve(name + ".json");
  }
}
