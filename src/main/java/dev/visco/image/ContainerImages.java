package dev.visco.image;

import dev.visco.host.Host;
import dev.visco.image.Images.ImageChange;
import dev.visco.image.Images.ImageListener;
import dev.visco.image.oci.BlobCache;
import dev.visco.image.oci.ContainerImport;
import dev.visco.image.oci.ContainerRequest;
import dev.visco.image.oci.ContainerRequest.InRegistry;
import dev.visco.image.oci.OciImage;
import dev.visco.image.oci.OciReference;
import dev.visco.image.oci.RegistryCredentials;
import dev.visco.model.ImageName;
import dev.visco.model.ImageRegistry;
import dev.visco.model.Progress;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Images of container images: their files on a disk, with the kernel and sshd of another image. */
public final class ContainerImages {
  private final Host host;
  private final ImageStore store;
  private final Images images;
  private final @Nullable ImageRegistry registry;
  private final ImageListener listener;

  ContainerImages(
      Host host,
      ImageStore store,
      Images images,
      @Nullable ImageRegistry registry,
      ImageListener listener) {
    this.host = host;
    this.store = store;
    this.images = images;
    this.registry = registry;
    this.listener = listener;
  }

  /** The container image that a text names; refused when it names none. */
  public OciReference reference(String text) {
    return OciReference.of(text, registry);
  }

  /** Refuses a container image whose name is taken, or whose files are none; asks no registry. */
  public void check(ContainerRequest request) {
    if (!isUpdate(request)) {
      images.refuseTaken(request.name().value());
    }
    images.image(request.base().value());
    request.check();
  }

  /** Whether its name is that of an earlier image of the same repository, which it replaces. */
  private boolean isUpdate(ContainerRequest request) {
    return request.origin() instanceof InRegistry registry
        && images
            .find(request.name().value())
            .filter(image -> isOf(registry.reference(), image))
            .isPresent();
  }

  private static boolean isOf(OciReference reference, Image image) {
    ContainerFacts container = image.manifest().container();
    // An image of files has a path or a name of docker's there, which need not be a reference.
    return container != null
        && container.pulled()
        && OciReference.of(container.reference()).isOfSameRepository(reference);
  }

  /**
   * Makes an image of a container image. One from a registry replaces an earlier one of the same
   * repository, and is left as it is when nothing has changed.
   */
  public Image make(ContainerRequest request, Progress progress) {
    check(request);
    return store.making(
        progress,
        () -> {
          check(request);
          return request.read(new Making(request, progress), progress);
        });
  }

  /** One image that is being made. */
  private final class Making implements ContainerRequest.Surroundings {
    private final ContainerRequest request;
    private final Progress progress;

    Making(ContainerRequest request, Progress progress) {
      this.request = request;
      this.progress = progress;
    }

    @Override
    public Image base(ImageName name) {
      return images.image(name.value());
    }

    @Override
    public @Nullable Image same(OciImage found) {
      Image base = base(request.base());
      return images
          .find(request.name().value())
          .filter(image -> {
            ContainerFacts container = image.manifest().container();
            return container != null
                && container.digest().equals(found.digest())
                && container.reference().equals(found.reference())
                && container.baseDigest().equals(base.digest());
          })
          .orElse(null);
    }

    @Override
    public BlobCache cache() {
      return store.layers();
    }

    @Override
    public RegistryCredentials credentials() {
      return new RegistryCredentials(host, System.getenv());
    }

    @Override
    public LongConsumer room() {
      return store::requireRoom;
    }

    @Override
    public Image take(ContainerImport read) throws IOException {
      Image made =
          store.make(
              read.bytes(),
              work -> {
                var taken = read.take(host, work, progress);
                return store.add(taken.manifest(), taken.files(), progress);
              });
      listener.changed(ImageChange.IMPORTED, made);
      return made;
    }
  }
}
