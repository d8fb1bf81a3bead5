package dev.visco.image;

import dev.visco.host.DiskRoom;
import dev.visco.host.Host;
import dev.visco.image.imports.ImportSource;
import dev.visco.image.probe.RootInspection;
import dev.visco.image.probe.RootProbe;
import dev.visco.image.recipe.RecipeFolders;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.DiskReserve;
import dev.visco.model.ImageName;
import dev.visco.model.ImageRegistry;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.RootProblem;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The images of this host by name: built from recipes, or imported. An incomplete image is never
 * visible.
 */
public final class Images {
  private final Host host;
  private final ImageStore store;
  private final RecipeFolders recipes;
  private final ImageListener listener;
  private final ContainerImages containers;
  private final ImageBuilds builds;

  /** What happens to images. */
  public enum ImageChange {
    BUILT,
    IMPORTED,
    REMOVED
  }

  /** Is told what has happened to images. */
  public interface ImageListener {
    /** Tells nobody. */
    ImageListener NONE = (change, image) -> {};

    /** To be called after it happened. */
    void changed(ImageChange change, Image image);
  }

  /**
   * @param folder the store's folder; created when it is first needed
   * @param recipeFolders with {@code NAME.toml}; the last one wins
   */
  public Images(Host host, Path folder, List<Path> recipeFolders) {
    this(
        host,
        folder,
        new RecipeFolders(recipeFolders, () -> false),
        DiskReserve.NONE,
        null,
        ImageListener.NONE);
  }

  /**
   * The same beside guests.
   *
   * @param recipes of the images that can be built
   * @param reserve what new images leave free
   * @param registry that of container images that are named without one; null for none
   * @param listener is told of each image that was made or removed
   */
  public Images(
      Host host,
      Path folder,
      RecipeFolders recipes,
      DiskReserve reserve,
      @Nullable ImageRegistry registry,
      ImageListener listener) {
    this.listener = listener;
    this.host = host;
    this.store = new ImageStore(host, folder, DiskRoom.of(folder, reserve));
    this.recipes = recipes;
    this.builds = new ImageBuilds(host, store, recipes, listener);
    this.containers = new ContainerImages(host, store, this, registry, listener);
  }

  /** The image that this name refers to now; refused when there is none. */
  public Image image(String name) {
    return find(name)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "image",
                    name,
                    recipes.find(name).isPresent()
                        ? Advice.of("Build it: {}", new Remedy.BuildImage(name))
                        : Advice.words("Known are " + names())
                            .and(Advice.of("; {} brings your own.", new Remedy.ImportImage())))));
  }

  /** An image by its digest, whatever its name refers to now; refused when it was removed. */
  public Image byDigest(Digest digest) {
    return store.byDigest(digest);
  }

  /**
   * An image's kernel as an ELF file. The first call unpacks a bzImage, which takes a fraction of a
   * second; the file is kept while an image has this kernel.
   *
   * @throws Refused when it cannot be unpacked
   */
  public BootKernel elfKernel(Image image) {
    return store.elfKernel(image);
  }

  /** Why an image's kernel cannot be unpacked to an ELF file; empty when it probably can. Cheap. */
  public Optional<String> whyNoElf(Image image) {
    return ElfKernels.whyNot(image.kernel());
  }

  /** Removes the rights of the host's other users that an earlier version granted. */
  public void closeToOthers() {
    store.close();
  }

  /** Why a program that {@code init=} names cannot be started by an image; empty when not known. */
  public Optional<RootProblem> initProblem(Image image, String path) {
    if (image.manifest().hasReadOnlyRoot()) {
      return Optional.empty(); // It would be unpacked for this alone.
    }
    RootProbe root = RootProbe.of(image.rootfs());
    return store.scratch(folder -> RootInspection.init(host, image.rootfs(), root, folder, path));
  }

  /**
   * What is in a VM's root file system; null when it cannot be looked into.
   *
   * @param disk its own raw disk, or null for the image's
   */
  public @Nullable RootContents contents(Image image, @Nullable Path disk) {
    RootContents known = image.manifest().contents();
    // The VM's disk is an overlay; and a container's init is Visco's.
    boolean isKept = image.manifest().hasReadOnlyRoot() || image.manifest().container() != null;
    if (isKept || disk == null && known != null) {
      return known;
    }
    Path file = disk == null ? image.rootfs() : disk;
    RootProbe root = RootProbe.of(file);
    return store
        .<RootInspection>scratch(
            folder -> RootInspection.of(host, file, root, folder, image.manifest().kernelRelease()))
        .contents();
  }

  /** Every image that has a name, by name. */
  public List<Image> all() {
    return store.all();
  }

  private String names() {
    Set<String> names =
        new TreeSet<>(all().stream().map(image -> image.manifest().name()).toList());
    names.addAll(recipes.names());
    return String.join(", ", names);
  }

  /** The recipes of the images that can be built. */
  public RecipeFolders recipes() {
    return recipes;
  }

  Optional<Image> find(String name) {
    return store.find(new ImageName(name));
  }

  /** Building images from recipes. */
  public ImageBuilds builds() {
    return builds;
  }

  /**
   * Makes an image of an operator's kernel and root file system, or of a whole disk. Their contents
   * are probed; what could not be determined is listed in the manifest, and what certainly cannot
   * boot is refused unless forced.
   */
  public Image importImage(ImportSource sources, Progress progress) {
    checkImport(sources);
    return store.making(
        progress,
        () -> {
          checkImport(sources);
          Image image =
              store.make(
                  sources.bytes(host),
                  work -> {
                    ImportSource.Imported taken =
                        sources.take(host, work, store::requireRoom, progress);
                    return store.add(taken.manifest(), taken.files(), progress);
                  });
          listener.changed(ImageChange.IMPORTED, image);
          return image;
        });
  }

  /** What is in the store besides whole images, and whether somebody is at it. */
  public List<ImageLeftover> leftovers() {
    return store.leftovers();
  }

  /** Removes what daemons that were killed while they made an image have left; returns it. */
  public List<ImageLeftover> removeLeftovers() {
    return store.removeLeftovers();
  }

  /** Images of container images. */
  public ContainerImages containers() {
    return containers;
  }

  /** Refuses an import whose name is taken or whose files do not exist, before any work. */
  public void checkImport(ImportSource sources) {
    sources.check();
    refuseTaken(sources.name().value());
  }

  void refuseTaken(String name) {
    if (find(name).isPresent() || recipes.find(name).isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "The name "
                  + name
                  + " is in use by "
                  + (find(name).isPresent()
                      ? "an image."
                      : "the recipe " + recipes.find(name).orElseThrow() + "."),
              recipes.find(name).isPresent()
                  ? Advice.words("Give another name.")
                  : Advice.of(
                      "Give another name, or remove the image: {}", new Remedy.RemoveImage(name))));
    }
  }

  /**
   * Removes the name, and all files that no other image needs.
   *
   * @param inUse gives the digests of images that VMs use; such an image is refused
   */
  public void remove(String name, Supplier<Set<Digest>> inUse) {
    store.locked(
        Progress.SILENT,
        () -> {
          Image image = image(name);
          Set<Digest> used = inUse.get();
          if (used.contains(image.digest())) {
            throw new Refused(
                new Refusal.Conflict(
                    "The image " + name + " is used by VMs.",
                    Advice.of("Destroy them first: {} shows them.", new Remedy.ListVms(false))));
          }
          store.remove(name, used);
          listener.changed(ImageChange.REMOVED, image);
          return image;
        });
  }
}
