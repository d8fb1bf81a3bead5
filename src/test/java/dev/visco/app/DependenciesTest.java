package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The libraries that this repository names are the ones that it is tested with. */
class DependenciesTest {
  @Test
  void eachLibraryHasTheDigestThatIsWrittenDown() throws Exception {
    Map<String, Path> here =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(Path::of)
            .collect(
                Collectors.toMap(
                    file -> file.getFileName().toString(),
                    Function.identity(),
                    (first, second) -> first));
    List<String> lines = Files.readAllLines(Path.of("dependencies.sha256"));
    assertThat(lines).hasSizeGreaterThan(30);
    for (String line : lines) {
      String[] parts = line.split("  ", 2);
      assertThat(here).containsKey(parts[1]);
      byte[] content = Files.readAllBytes(here.get(parts[1]));
      assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)))
          .as(parts[1])
          .isEqualTo(parts[0]);
    }
  }
}
