package dev.visco.image;

import static java.util.Objects.requireNonNull;

import dev.visco.host.FileDigest;
import dev.visco.host.Host;
import dev.visco.image.Images.ImageChange;
import dev.visco.image.Images.ImageListener;
import dev.visco.image.probe.AddressConfigurers;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.RootInspection;
import dev.visco.image.probe.RootProbe;
import dev.visco.image.recipe.BuildChoices;
import dev.visco.image.recipe.ImageBuilder;
import dev.visco.image.recipe.KernelBuild;
import dev.visco.image.recipe.KernelPackage;
import dev.visco.image.recipe.KernelRecipe;
import dev.visco.image.recipe.Recipe;
import dev.visco.image.recipe.RecipeFile;
import dev.visco.image.recipe.RecipeFolders;
import dev.visco.image.recipe.RecipeIdentity;
import dev.visco.image.recipe.ToolsDisk;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
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
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Builds images from recipes. */
public final class ImageBuilds {
  /**
   * The minimum of free space for a build: the kernel's package and the new root as files, then as
   * a disk. The cli image takes up to 430 MiB.
   */
  private static final long BUILD_BYTES = 512L << 20;

  private final Host host;
  private final ImageStore store;
  private final RecipeFolders recipes;
  private final ImageListener listener;

  ImageBuilds(Host host, ImageStore store, RecipeFolders recipes, ImageListener listener) {
    this.host = host;
    this.store = store;
    this.recipes = recipes;
    this.listener = listener;
  }

  /**
   * Whether the image of this name was built from its present recipe, or imported; and whether its
   * disk of tools is there.
   */
  public boolean isUpToDate(String name) {
    return store
        .find(new ImageName(name))
        .filter(image ->
            recipes.find(name).isEmpty()
                || isOf(image, recipes.read(name, BuildChoices.NONE.over(choices(image)))))
        .isPresent();
  }

  private static @Nullable BuildChoices choices(Image image) {
    return image.manifest().choices();
  }

  private static boolean isOf(Image image, RecipeFile recipe) {
    Digest built = image.manifest().recipe();
    Path tools = image.tools();
    return built != null
        && RecipeIdentity.of(recipe).matches(built)
        && (tools == null || Files.exists(tools));
  }

  /** The same with the choices of the image that is there, or the recipe's own. */
  public Image build(String name, Progress progress) {
    return build(name, BuildChoices.NONE, progress);
  }

  /**
   * Builds an image from the recipe {@code NAME.toml}. Does nothing when the image is up to date;
   * of two builds at once, the second finds it so.
   *
   * @param given what is chosen of the recipe; the rest is as in the image that is there
   */
  public Image build(String name, BuildChoices given, Progress progress) {
    read(name, given);
    return store.making(
        progress,
        () -> {
          RecipeFile recipe = read(name, given);
          Optional<Image> there =
              store.find(new ImageName(name)).filter(image -> isOf(image, recipe));
          if (there.isPresent()) {
            return there.get();
          }
          refuseImported(name);
          KernelRecipe kernelRecipe = recipe.recipe().kernel();
          KernelBuild kernel = kernelRecipe == null ? null : KernelBuild.of(host, kernelRecipe);
          Image image =
              store.make(
                  BUILD_BYTES + toolsBytes(recipe.recipe()) + kernelBytes(kernel),
                  work -> {
                    var built =
                        new ImageBuilder(host, store.builtKernels())
                            .build(recipe, kernel, work, this::storedTools, progress);
                    progress.report("compute digests", -1);
                    return add(name, recipe, built, kernel, progress);
                  });
          listener.changed(ImageChange.BUILT, image);
          return image;
        });
  }

  /** Reads a recipe with what is chosen of it; refused when there is none, or it is invalid. */
  public RecipeFile read(String name, BuildChoices given) {
    return recipes.read(
        name, given.over(store.find(new ImageName(name)).map(ImageBuilds::choices).orElse(null)));
  }

  /** What fetching tools takes: their archives, their files, and the disk. */
  private static long toolsBytes(Recipe recipe) {
    return 3 * ((long) recipe.toolsMib() << 20);
  }

  private long kernelBytes(@Nullable KernelBuild kernel) {
    return kernel == null || store.builtKernels().find(kernel.identity()).isPresent()
        ? 0
        : KernelBuild.BYTES;
  }

  /** The digest of a disk with these tools that another image has. */
  private Optional<Digest> storedTools(Digest identity) {
    return store.all().stream()
        .filter(image -> image.tools() != null && Files.exists(image.tools()))
        .map(image -> image.manifest().tools())
        .filter(tools -> tools != null && identity.equals(tools.identity()))
        .flatMap(tools -> Stream.ofNullable(tools == null ? null : tools.disk()))
        .findFirst();
  }

  private void refuseImported(String name) {
    if (store
        .find(new ImageName(name))
        .filter(image -> image.manifest().recipe() == null)
        .isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "The image " + name + " was imported, and building would replace it.",
              Advice.of(
                  "Remove it first ({}), or name the recipe otherwise.",
                  new Remedy.RemoveImage(name))));
    }
  }

  private Image add(
      String name,
      RecipeFile file,
      ImageBuilder.Built built,
      @Nullable KernelBuild kernelBuild,
      Progress progress)
      throws IOException {
    Recipe recipe = file.recipe();
    Digest kernel = FileDigest.of(built.kernel());
    Path initrdFile = built.initrd();
    Digest initrd = initrdFile == null ? null : FileDigest.of(initrdFile);
    Digest root = FileDigest.of(built.root().file());
    var files = new LinkedHashMap<Digest, Path>();
    files.put(kernel, built.kernel());
    if (initrdFile != null && initrd != null) {
      files.put(initrd, initrdFile);
    }
    files.put(root, built.root().file());
    ToolsInside tools = tools(recipe, built, files);
    KernelPackage kernelPackage = built.kernelPackage();
    RootProbe probe = RootProbe.of(built.root().file());
    KernelProbe kernelProbe = KernelProbe.of(built.kernel());
    var owners = AddressConfigurers.of(host, built.root().file(), probe);
    Path work = requireNonNull(built.root().file().getParent());
    var inspected =
        RootInspection.of(host, built.root().file(), probe, work, kernelPackage.release());
    var manifest =
        new Manifest(
            name,
            RecipeIdentity.of(file).digest(),
            kernel,
            initrd,
            root,
            "PARTUUID=" + built.root().partitionUuid(),
            initrd == null
                ? "the partition has an id that the kernel knows"
                : "the partition has an id that the initramfs and the kernel know",
            built.root().partitionUuid(),
            built.root().fileSystemUuid(),
            "ext4",
            probe.features(),
            kernelProbe.format().word(),
            kernelPackage.release(),
            KernelPackage.thatMatter(KernelPackage.everyOption(kernelPackage.configuration())),
            built.modules(),
            initrd == null ? "kernel" : "initramfs",
            recipe.ports(),
            recipe.vcpus(),
            recipe.enoughMemoryMib(),
            built.packages(),
            owners.unknown(),
            kernelProbe.minMemoryMib(),
            initrd == null ? null : List.of(kernelPackage.release()),
            recipe.minMemoryMib(),
            Stream.concat(recipe.dhcpClients().stream(), owners.owners().stream()).toList(),
            recipe.vsockPort(),
            null,
            null,
            inspected.contents(),
            null,
            signIn(recipe),
            tools,
            file.choices().equals(BuildChoices.NONE) ? null : file.choices(),
            kernelBuild == null ? null : kernelBuild.identity());
    return store.add(manifest, files, progress);
  }

  /** What the manifest says of the image's tools; a new disk of them is added to the files. */
  private static @Nullable ToolsInside tools(
      Recipe recipe, ImageBuilder.Built built, Map<Digest, Path> files) throws IOException {
    ToolsDisk.Made disk = built.tools();
    Digest digest = disk == null ? null : disk.stored();
    if (disk != null && disk.file() != null) {
      digest = FileDigest.of(disk.file());
      files.put(digest, disk.file());
    }
    return ToolsInside.of(recipe, built.packages(), disk, digest);
  }

  private static Manifest.@Nullable SignInHelper signIn(Recipe recipe) {
    Recipe.SignInProgram given = recipe.signIn();
    return given == null ? null : new Manifest.SignInHelper(given.program(), given.user());
  }
}
