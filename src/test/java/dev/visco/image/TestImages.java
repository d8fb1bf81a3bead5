package dev.visco.image;

import dev.visco.host.LinuxHost;
import dev.visco.model.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The real cli image for tests: built once and kept outside the checkout as long as its recipe does
 * not change.
 */
public final class TestImages {
  private TestImages() {}

  /** The store that tests share. */
  public static Images images() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null
            ? Path.of(Objects.requireNonNull(System.getenv("HOME")), ".cache")
            : Path.of(cache);
    return new Images(
        new LinuxHost(), base.resolve("visco/images"), List.of(Path.of("images").toAbsolutePath()));
  }

  public static synchronized Image cli() {
    return images().build("cli", Progress.SILENT);
  }
}
