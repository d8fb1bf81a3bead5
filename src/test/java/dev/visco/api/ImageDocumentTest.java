package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An image says how large it is. */
@Timeout(60)
class ImageDocumentTest {
  @TempDir private Path folder;

  private static long size(JsonNode image, String file) throws IOException {
    return Files.size(Path.of(URI.create(image.path(file).asString())));
  }

  @Test
  void inTheListWithWhatItTakesOfTheDisk() throws IOException {
    try (var daemon = FakeMachinesDaemon.start(folder)) {
      JsonNode image = Json.mapper().readTree(daemon.run("image", "ls", "--json").out()).get(0);
      long bytes =
          size(image, "kernel")
              + size(image, "rootfs")
              + (image.has("initrd") ? size(image, "initrd") : 0);
      assertThat(image.path("bytes").asLong()).isEqualTo(bytes).isPositive();
      assertThat(image.path("takenBytes").asLong()).isNotNegative();
      assertThat(daemon.run("image", "ls").out())
          .startsWith("IMAGE  DIGEST        SIZE")
          .contains("cli    " + image.path("digest").asString().substring(7, 19));
      JsonNode one = Json.mapper().readTree(daemon.run("image", "inspect", "cli").out());
      assertThat(one.path("bytes").asLong()).isEqualTo(bytes);
    }
  }
}
