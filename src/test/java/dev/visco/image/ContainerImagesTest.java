package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.LinuxHost;
import dev.visco.image.oci.ContainerRequest;
import dev.visco.image.oci.MadeContainer;
import dev.visco.image.oci.OciReference;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Container images on their way into the store: what is refused, and what is left then. */
class ContainerImagesTest {
  @TempDir private Path folder;
  private Images images;

  @BeforeEach
  void base() throws IOException {
    images = MadeImages.with(new LinuxHost(), folder.resolve("images"), "cli");
  }

  @Test
  void aNameInUseIsRefusedAlsoForAPullOfWhatItDoesNotComeFrom() throws IOException {
    assertRefused(request("cli", "cli", layout()), "The name cli is in use");
    var registry =
        new ContainerRequest.InRegistry(OciReference.of("registry.example.com/cli"), false);
    assertRefused(
        new ContainerRequest(new ImageName("cli"), new ImageName("cli"), registry),
        "The name cli is in use");
  }

  @Test
  void withoutABaseOrAnImageNothingIsBegun() throws IOException {
    assertRefused(request("web", "none", layout()), "\"none\"");
    assertRefused(request("web", "cli", folder.resolve("gone")), "does not exist");
  }

  @Test
  void aUserThatTheImageDoesNotHaveIsRefused() throws IOException {
    Path layout =
        new MadeContainer()
            .texts(Map.of("a", "b"))
            .with("User", "nobody-here")
            .layout(folder.resolve("user"), "web");
    assertRefusedWhenMade(request("web", "cli", layout), "nobody-here");
  }

  /** The base of this test is no disk with an sshd: the last thing that is looked at. */
  @Test
  void whatFailsOnTheWayLeavesNothing() throws IOException {
    assertRefusedWhenMade(request("web", "cli", layout()), "rootfs");
    assertThat(images.all()).hasSize(1);
    assertThat(folder.resolve("images/work")).doesNotExist();
    try (var objects = Files.list(folder.resolve("images/objects"))) {
      assertThat(objects).hasSize(3);
    }
  }

  private Path layout() throws IOException {
    return new MadeContainer()
        .texts(Map.of("bin/one", "one"))
        .with("Cmd", List.of("/bin/one"))
        .layout(folder.resolve("layout"), "web");
  }

  private static ContainerRequest request(String name, String base, Path path) {
    return new ContainerRequest(
        new ImageName(name), new ImageName(base), new ContainerRequest.InFiles(path, null));
  }

  private void assertRefused(ContainerRequest request, String reason) {
    assertThatThrownBy(() -> images.containers().check(request))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(reason);
  }

  private void assertRefusedWhenMade(ContainerRequest request, String reason) {
    assertThatThrownBy(() -> images.containers().make(request, Progress.SILENT))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(reason);
  }
}
