package dev.visco.image.oci;

import dev.visco.host.HostFault;
import dev.visco.image.Image;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A container image that is to become an image.
 *
 * @param base the name of the image that kernel, initramfs and sshd come from
 */
public record ContainerRequest(ImageName name, ImageName base, ContainerOrigin origin) {
  /** Where a container image is. */
  public sealed interface ContainerOrigin {}

  /**
   * In files of this host.
   *
   * @param path an OCI layout, as folder or archive, or an archive of {@code docker save}
   * @param ref which image it is where there are several, null for the only one
   */
  public record InFiles(Path path, @Nullable String ref) implements ContainerOrigin {}

  /**
   * In a registry.
   *
   * @param plain whether http is used although the registry is not on this host
   */
  public record InRegistry(OciReference reference, boolean plain) implements ContainerOrigin {}

  /** What reading one needs of its surroundings. */
  public interface Surroundings {
    /** The image of this name, refused when there is none. */
    Image base(ImageName name);

    /** The image that this name has already and that is the same; null to go on. */
    @Nullable Image same(OciImage found);

    /** Layers that were fetched before. */
    BlobCache cache();

    /** What docker login has left. */
    RegistryCredentials credentials();

    /** Refuses what does not fit on the disk. */
    LongConsumer room();

    /** Makes an image of what was read and merged. */
    Image take(ContainerImport read) throws IOException;
  }

  /** Refuses files that hold no image for this kind of machine; asks no registry. */
  public void check() {
    if (origin instanceof InFiles(Path path, String ref)) {
      try (OciArchive archive = OciArchive.open(path, ref)) {
        archive.image();
      } catch (IOException e) {
        throw OciRefusal.of(path + "", "cannot be read: " + e.getMessage(), "Copy it again.");
      }
    }
  }

  /** Reads all of it, and has an image made of it. */
  public Image read(Surroundings in, Progress progress) throws IOException {
    Image from = in.base(base);
    return switch (origin) {
      case InFiles(Path path, String ref) -> {
        try (OciArchive archive = OciArchive.open(path, ref)) {
          yield merged(archive.image(), archive, from, in, progress);
        }
      }
      case InRegistry registry -> pulled(registry, from, in, progress);
    };
  }

  private Image pulled(InRegistry from, Image kernel, Surroundings in, Progress progress)
      throws IOException {
    OciReference reference = from.reference();
    var client = new RegistryClient(reference, in.credentials(), from.plain());
    try (var pull = new RegistryPull(reference, client, in.cache())) {
      progress.report("ask " + reference.registry(), -1);
      OciImage found = resolved(pull, reference);
      Image same = in.same(found);
      if (same != null) {
        return same;
      }
      pull.fetch(found, in.room(), progress);
      return merged(found, pull, kernel, in, progress);
    }
  }

  private static OciImage resolved(RegistryPull pull, OciReference reference) {
    try {
      return pull.resolve();
    } catch (IOException e) {
      throw new HostFault(
          "cannot ask " + reference.registry() + " for " + reference + ": " + HostFault.words(e),
          e);
    }
  }

  private Image merged(
      OciImage found, LayerSource source, Image from, Surroundings in, Progress progress)
      throws IOException {
    try (var read = ContainerImport.of(name, from, found, source, progress)) {
      return in.take(read);
    }
  }
}
