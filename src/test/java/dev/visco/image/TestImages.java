package dev.visco.image;

import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.host.LinuxHost;
import dev.visco.image.recipe.BuildChoices;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

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

  /** The tools of the images that tests use: a program that is static, and one that is not. */
  public static final List<String> TOOLS = List.of("claude-code", "codex", "oidc");

  /**
   * The cli image with tools; the test is skipped without {@code --all} and where they cannot be
   * had.
   */
  public static synchronized Image cliTools() {
    return tools("cli-tools", new BuildChoices(TOOLS, null, null));
  }

  /** The browser image with the same tools and a browser; skipped likewise. */
  public static synchronized Image browserTools(String browser) {
    return tools("browser-tools", new BuildChoices(TOOLS, browser, null));
  }

  /** The folder of those with the kernel lean, whose names are those of the others. */
  public static Path leanFolder() {
    return folder().resolveSibling("lean-images");
  }

  /**
   * The cli image and the browser image with the kernel lean; skipped without {@code --all}: the
   * kernel is compiled once, in 10 to 30 minutes, and kept as long as its source and its options do
   * not change.
   */
  public static synchronized List<Image> lean() {
    assumeTrue(Boolean.getBoolean("visco.all"), "the kernel lean is built with --all");
    var images =
        new Images(new LinuxHost(), leanFolder(), List.of(Path.of("images").toAbsolutePath()));
    var lean = new BuildChoices(null, null, "lean");
    var browser = new BuildChoices(null, "netsurf", "lean");
    if (System.getenv("OUTER_JAVA") != null) {
      List<String> names = List.of("cli", "browser");
      assumeTrue(
          names.stream().allMatch(name -> images.builds().isUpToDate(name)),
          "The kernel lean is not in the cache: LeanKernelImageIT makes it.");
      return names.stream().map(images::image).toList();
    }
    return List.of(
        images.builds().build("cli", lean, Progress.SILENT),
        images.builds().build("browser", browser, Progress.SILENT));
  }

  /** Some hundred MiB are fetched for them, and a disk is made of these: minutes. */
  private static Image tools(String name, BuildChoices choices) {
    assumeTrue(Boolean.getBoolean("visco.all"), "images with tools are made with --all");
    Images images = images();
    if (System.getenv("OUTER_JAVA") != null) {
      Optional<Image> there = images.find(name).filter(_ -> images.builds().isUpToDate(name));
      assumeTrue(
          there.isPresent(),
          "The image " + name + " is not in the cache: ToolsImageIT could not fetch its tools.");
      return there.orElseThrow();
    }
    try {
      return images.builds().build(name, choices, Progress.SILENT);
    } catch (Refused e) {
      // No npm, or no registry.
      assumeFalse(e.refusal() instanceof Refusal.HostLacks, e.getMessage());
      throw e;
    }
  }

  /**
   * Builds it when it is not there. A JVM that lives in a network namespace reaches no package
   * sources, and apt would try for minutes.
   *
   * @param environment has OUTER_JAVA in such a JVM: see {@code src/test/outer/bin/java}
   */
  static Image image(Images images, String name, Map<String, String> environment) {
    if (environment.containsKey("OUTER_JAVA") && !images.builds().isUpToDate(name)) {
      throw new IllegalStateException(
          "The image "
              + name
              + " is not in the cache, or its recipe has changed, and it cannot be built in the"
              + " guests' network. Run this first: ./visco maven -ntp package -Dtest=none"
              + " -Dsurefire.failIfNoSpecifiedTests=false failsafe:integration-test@images"
              + " -Dit.test=ImagesIT");
    }
    return images.builds().build(name, Progress.SILENT);
  }
}
