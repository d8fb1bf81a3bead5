package dev.visco.image.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.commands.RemedyCommands;
import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.ImageStore;
import dev.visco.image.Images;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, or fills up, while an image is made. */
class FullDiskIT {
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private Path disk;

  @BeforeEach
  void mount() throws IOException {
    disk = Files.createDirectory(folder.resolve("disk"));
    host.check(Command.of("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.toString()));
  }

  @AfterEach
  void unmount() {
    host.check(Command.of("umount", disk.toString()));
  }

  private List<String> files() throws IOException {
    try (var walk = Files.walk(disk)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.endsWith("lock"))
          .toList();
    }
  }

  @Test
  void aBuildThatCannotFitIsRefusedBeforeItBegins() throws IOException {
    var images = new Images(host, disk.resolve("images"), List.of(Path.of("images")));
    assertThatThrownBy(() -> images.builds().build("cli", Progress.SILENT))
        .isInstanceOf(Refused.class)
        .hasMessageMatching("(?s).*has [78] MiB free; this image takes 512 MiB.*")
        .satisfies(
            e -> assertThat(RemedyCommands.message((Exception) e)).contains("visco image rm"));
    assertThat(files()).isEmpty();
    assertThat(images.all()).isEmpty();
  }

  @Test
  void oneThatFillsUpMeanwhileIsSaidAsSuchAndLeavesNothing() throws IOException {
    var store = new ImageStore(host, disk);
    assertThatThrownBy(() ->
            store.making(
                Progress.SILENT,
                () ->
                    store.make(
                        1 << 20,
                        work -> {
                          Files.write(work.resolve("root.img"), new byte[16 << 20]);
                          throw new IOException("more was written than there is room");
                        })))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("filled up while the image was made")
        .hasMessageContaining("Free space there");
    assertThat(files()).isEmpty();
  }
}
