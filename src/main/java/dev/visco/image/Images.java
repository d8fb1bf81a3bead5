package dev.visco.image;

import dev.visco.host.Host;
import dev.visco.model.Progress;
import java.nio.file.Path;
import java.util.List;

/** The content-addressed store of images below {@code <data>/images}. */
public final class Images {
  public Images(Host host, Path folder, List<Path> recipeFolders) {}

  /** The newest image of this name; refused when there is none. */
  public Image image(String name) {
    throw new UnsupportedOperationException();
  }

  /** An image by its digest, whatever its name points to now. */
  public Image byDigest(dev.visco.model.Digest digest) {
    throw new UnsupportedOperationException();
  }

  public List<Image> all() {
    throw new UnsupportedOperationException();
  }

  /** Builds an image from the recipe {@code NAME.toml}; two builds at once make one. */
  public Image build(String recipe, Progress progress) {
    throw new UnsupportedOperationException();
  }
}
