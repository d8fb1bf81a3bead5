package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.LinuxHost;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestImagesTest {
  /** apt would try for minutes. */
  @Test
  void inTheGuestsNetworkAMissingImageFailsAtOnceAndSaysWhatToDo(@TempDir Path folder) {
    var images = new Images(new LinuxHost(), folder, List.of(Path.of("images").toAbsolutePath()));
    assertThatThrownBy(() -> TestImages.image(images, "browser", Map.of("OUTER_JAVA", "/bin/java")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("browser", "failsafe:integration-test@images");
  }
}
