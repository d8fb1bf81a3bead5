package dev.visco.failures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records the evidence that the rules of diagnosis are tested with, anew, from real guests. It is
 * no part of the tests: {@code src/test/failures/record} runs it.
 */
@ExtendWith(OuterNetwork.Extension.class)
class RecordFailures {
  @TempDir Path folder;

  static List<String> names() {
    String asked = System.getProperty("visco.cases", "");
    return asked.isBlank() ? FailureCase.names() : List.of(asked.strip().split("[ ,]+", -1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void record(String name) throws Exception {
    Path files = Files.createDirectory(folder.resolve("files"));
    try (var visco = ViscoUnderTest.withImages(FailingGuest.settings(folder)).up()) {
      var guest = new FailingGuest(visco, name, files).withImage().refused();
      String id = guest.fail();
      Path bundle = folder.resolve("bundle.tar.gz");
      visco.ok("bundle", id, "--output", bundle.toString());
      Files.createDirectories(FailureCase.EVIDENCE);
      Files.writeString(FailureCase.evidence(name), evidence(Files.readAllBytes(bundle)));
      guest.diagnosed(id);
    }
  }

  private static String evidence(byte[] bundle) throws Exception {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bundle));
        var tar = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry one = tar.getNextEntry(); one != null; one = tar.getNextEntry()) {
        if (one.getName().endsWith("/evidence.json")) {
          return new String(tar.readAllBytes(), StandardCharsets.UTF_8) + "\n";
        }
      }
    }
    assertThat(bundle).as("a bundle with its evidence").isEmpty();
    return "";
  }
}
