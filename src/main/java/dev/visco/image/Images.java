package dev.visco.image;

import dev.visco.host.DiskRoom;
import dev.visco.host.FileDigest;
import dev.visco.host.Host;
import dev.visco.image.imports.Import;
import dev.visco.image.probe.AddressConfigurers;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.RootProbe;
import dev.visco.image.recipe.ImageBuilder;
import dev.visco.image.recipe.KernelPackage;
import dev.visco.image.recipe.Recipe;
import dev.visco.image.recipe.RecipeFile;
import dev.visco.image.recipe.RecipeIdentity;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.DiskReserve;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The images of this host by name: built from recipes, or imported. An incomplete image is never
 * visible.
 */
public final class Images {
  /**
   * The minimum of free space for a build: the kernel's package and the new root as files, then as
   * a disk. The cli image takes up to 430 MiB.
   */
  private static final long BUILD_BYTES = 512L << 20;

  private final Host host;
  private final ImageStore store;
  private final List<Path> recipeFolders;
  private final ImageListener listener;

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
    this(host, folder, recipeFolders, DiskReserve.NONE, ImageListener.NONE);
  }

  /**
   * The same beside guests.
   *
   * @param reserve what new images leave free
   * @param listener is told of each image that was made or removed
   */
  public Images(
      Host host,
      Path folder,
      List<Path> recipeFolders,
      DiskReserve reserve,
      ImageListener listener) {
    this.listener = listener;
    this.host = host;
    this.store = new ImageStore(host, folder, DiskRoom.of(folder, reserve));
    this.recipeFolders = List.copyOf(recipeFolders);
  }

  /** The image that this name refers to now; refused when there is none. */
  public Image image(String name) {
    return find(name)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "image",
                    name,
                    recipe(name).isPresent()
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

  /** Every image that has a name, by name. */
  public List<Image> all() {
    return store.all();
  }

  private String names() {
    Set<String> names =
        new TreeSet<>(all().stream().map(image -> image.manifest().name()).toList());
    names.addAll(recipes());
    return String.join(", ", names);
  }

  /** The names of all recipes. */
  public Set<String> recipes() {
    var names = new TreeSet<String>();
    for (Path recipes : recipeFolders) {
      ImageStore.list(recipes, "*.toml")
          .forEach(file -> names.add(file.getFileName().toString().replace(".toml", "")));
    }
    return names;
  }

  private Optional<Image> find(String name) {
    return store.find(new ImageName(name));
  }

  /** Whether the image of this name was built from its present recipe, or imported. */
  public boolean isUpToDate(String name) {
    return find(name)
        .filter(image ->
            recipe(name).isEmpty()
                || image.manifest().recipe() != null
                    && RecipeIdentity.of(readFile(name)).matches(image.manifest().recipe()))
        .isPresent();
  }

  /** Reads the recipe of this name; refused when there is none, or it is invalid. */
  public Recipe readRecipe(String name) {
    return readFile(name).recipe();
  }

  private RecipeFile readFile(String name) {
    return RecipeFile.read(recipeFile(new ImageName(name).value()), this::recipe);
  }

  private Path recipeFile(String name) {
    return recipe(name)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "recipe",
                    name,
                    "There are recipes for " + String.join(", ", recipes()) + ".")));
  }

  /**
   * Builds an image from the recipe {@code NAME.toml}. Does nothing when the image is up to date;
   * of two builds at once, the second finds it so.
   */
  public Image build(String name, Progress progress) {
    RecipeFile recipe = readFile(name);
    return store.making(
        progress,
        () -> {
          if (isUpToDate(name)) {
            return image(name);
          }
          refuseImported(name);
          Image image =
              store.make(
                  BUILD_BYTES,
                  work -> {
                    var built = new ImageBuilder(host).build(recipe, work, progress);
                    progress.report("compute digests", -1);
                    return add(name, recipe, built);
                  });
          listener.changed(ImageChange.BUILT, image);
          return image;
        });
  }

  private void refuseImported(String name) {
    if (find(name).filter(image -> image.manifest().recipe() == null).isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "The image " + name + " was imported, and building would replace it.",
              Advice.of(
                  "Remove it first ({}), or name the recipe otherwise.",
                  new Remedy.RemoveImage(name))));
    }
  }

  private Image add(String name, RecipeFile file, ImageBuilder.Built built) throws IOException {
    Recipe recipe = file.recipe();
    Digest kernel = FileDigest.of(built.kernel());
    Digest initrd = FileDigest.of(built.initrd());
    Digest root = FileDigest.of(built.root().file());
    var files = new LinkedHashMap<Digest, Path>();
    files.put(kernel, built.kernel());
    files.put(initrd, built.initrd());
    files.put(root, built.root().file());
    KernelPackage kernelPackage = built.kernelPackage();
    RootProbe probe = RootProbe.of(built.root().file());
    var owners = AddressConfigurers.of(host, built.root().file(), probe);
    var manifest =
        new Manifest(
            name,
            RecipeIdentity.of(file).digest(),
            kernel,
            initrd,
            root,
            "PARTUUID=" + built.root().partitionUuid(),
            "the partition has an id that the initramfs and the kernel know",
            built.root().partitionUuid(),
            built.root().fileSystemUuid(),
            "ext4",
            probe.features(),
            KernelProbe.KernelFormat.BZIMAGE.word(),
            kernelPackage.release(),
            KernelPackage.thatMatter(KernelPackage.everyOption(kernelPackage.configuration())),
            built.modules(),
            "initramfs",
            recipe.ports(),
            recipe.vcpus(),
            recipe.memoryMib(),
            built.packages(),
            owners.unknown(),
            KernelProbe.of(built.kernel()).minMemoryMib(),
            List.of(kernelPackage.release()),
            recipe.minMemoryMib(),
            Stream.concat(recipe.dhcpClients().stream(), owners.owners().stream()).toList(),
            recipe.vsockPort());
    return store.add(manifest, files);
  }

  /**
   * Makes an image of an operator's kernel and root file system. Their contents are probed; what
   * could not be determined is listed in the manifest, and what certainly cannot boot is refused
   * unless forced.
   */
  public Image importImage(Import sources, Progress progress) {
    checkImport(sources);
    return store.making(
        progress,
        () -> {
          checkImport(sources);
          Image image =
              store.make(
                  sources.bytes(host),
                  work -> {
                    Import.Imported taken = sources.take(host, work, progress);
                    return store.add(taken.manifest(), taken.files());
                  });
          listener.changed(ImageChange.IMPORTED, image);
          return image;
        });
  }

  /** Refuses an import whose name is taken or whose files do not exist, before any work. */
  public void checkImport(Import sources) {
    sources.check();
    String name = sources.name().value();
    if (find(name).isPresent() || recipe(name).isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "The name "
                  + name
                  + " is in use by "
                  + (find(name).isPresent() ? "an image." : "the recipe " + recipeFile(name) + "."),
              recipe(name).isPresent()
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

  private Optional<Path> recipe(String name) {
    return recipeFolders.reversed().stream()
        .map(recipes -> recipes.resolve(name + ".toml"))
        .filter(Files::isRegularFile)
        .findFirst();
  }
}
