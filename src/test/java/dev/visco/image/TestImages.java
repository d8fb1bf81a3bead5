package dev.visco.image;

import dev.visco.host.LinuxHost;
import dev.visco.model.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The real images for tests: built once and kept outside the checkout as long as their recipes do
 * not change.
 */
public final class TestImages {
  private TestImages() {}

  /** Its folder. */
  public static Path folder() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null
            ? Path.of(Objects.requireNonNull(System.getenv("HOME")), ".cache")
            : Path.of(cache);
    return base.resolve("visco/images");
  }

  /** The store that tests share. */
  public static Images images() {
    return new Images(new LinuxHost(), folder(), List.of(Path.of("images").toAbsolutePath()));
  }

  public static synchronized Image cli() {
    return images().build("cli", Progress.SILENT);
  }

  public static synchronized Image browser() {
    return images().build("browser", Progress.SILENT);
  }
}
