package dev.visco.image;

import dev.visco.host.LinuxHost;
import dev.visco.model.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    return image(images(), "cli", System.getenv());
  }

  public static synchronized Image browser() {
    return image(images(), "browser", System.getenv());
  }

  /**
   * Builds it when it is not there. A JVM that lives in a network namespace reaches no package
   * sources, and apt would try for minutes.
   *
   * @param environment has OUTER_JAVA in such a JVM: see {@code src/test/outer/bin/java}
   */
  static Image image(Images images, String name, Map<String, String> environment) {
    if (environment.containsKey("OUTER_JAVA") && !images.isUpToDate(name)) {
      throw new IllegalStateException(
          "The image "
              + name
              + " is not in the cache, or its recipe has changed, and it cannot be built in the"
              + " guests' network. Run this first: ./visco maven -ntp package -Dtest=none"
              + " -Dsurefire.failIfNoSpecifiedTests=false failsafe:integration-test@images"
              + " -Dit.test=ImagesIT");
    }
    return images.build(name, Progress.SILENT);
  }
}
