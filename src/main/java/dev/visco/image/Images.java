package dev.visco.image;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * The content-addressed store of images below {@code <data>/images}: {@code objects/DIGEST} for
 * kernels, initramfs and disks, {@code manifests/DIGEST.json} for what is known of an image, {@code
 * names/NAME} for the one that a name means. A name is written last, so a half-built image is never
 * visible; whatever lies in {@code work} belongs to a build that runs or to nobody.
 */
public final class Images {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  /** Raised when the builder itself makes something else of the same recipe. */
  private static final String BUILDER = "1";

  private static final long SPARE_BYTES = 64L << 20;

  private final Host host;
  private final Path folder;
  private final List<Path> recipeFolders;
  private final ReentrantLock building = new ReentrantLock();

  public Images(Host host, Path folder, List<Path> recipeFolders) {
    this.host = host;
    this.folder = folder;
    this.recipeFolders = List.copyOf(recipeFolders);
  }

  /** The image that this name means now; refused when there is none. */
  public Image image(String name) {
    return find(name)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "image",
                    name,
                    recipe(name).isPresent()
                        ? "Build it: visco image build " + name
                        : "Known are " + names() + "; visco image import brings your own.")));
  }

  private String names() {
    Set<String> names =
        new TreeSet<>(all().stream().map(image -> image.manifest().name()).toList());
    for (Path recipes : recipeFolders) {
      list(recipes, "*.toml")
          .forEach(file -> names.add(file.getFileName().toString().replace(".toml", "")));
    }
    return String.join(", ", names);
  }

  private Optional<Image> find(String name) {
    if (!NAME.matcher(name).matches()) {
      throw Refused.invalid(
          "image",
          name,
          "is no image's name",
          "Give 1 to 32 lower-case letters, digits and hyphens.");
    }
    Path pointer = folder.resolve("names").resolve(name);
    try {
      return Files.exists(pointer)
          ? Optional.of(byDigest(new Digest(Files.readString(pointer).strip())))
          : Optional.empty();
    } catch (IOException e) {
      throw new HostFault("cannot read " + pointer, e);
    }
  }

  /** An image by its digest, whatever its name means now. */
  public Image byDigest(Digest digest) {
    Path file = folder.resolve("manifests").resolve(digest.hex() + ".json");
    try {
      Manifest manifest = Json.read(Files.readString(file), Manifest.class);
      Digest initrd = manifest.initrd();
      return new Image(
          digest,
          manifest,
          object(manifest.kernel()),
          initrd == null ? null : object(initrd),
          object(manifest.rootfs()),
          Files.getLastModifiedTime(file).toInstant());
    } catch (IOException e) {
      throw new Refused(
          new Refusal.NotFound("image", digest.toString(), "visco image ls lists them."));
    }
  }

  /** Every image that has a name, by name. */
  public List<Image> all() {
    return list(folder.resolve("names"), "*").stream()
        .flatMap(file -> find(file.getFileName().toString()).stream())
        .toList();
  }

  /** Whether the image of this name is what its recipe makes today. */
  public boolean isUpToDate(String name) {
    return find(name)
        .filter(
            image -> recipe(name).isEmpty() || recipeDigest(name).equals(image.manifest().recipe()))
        .isPresent();
  }

  /**
   * Builds an image from the recipe {@code NAME.toml}; two builds at once make one, and one whose
   * recipe has not changed is there already.
   */
  public Image build(String name, Progress progress) {
    Path file =
        recipe(name)
            .orElseThrow(() ->
                new Refused(
                    new Refusal.NotFound(
                        "recipe", name, "There are recipes for " + names() + ".")));
    Recipe recipe = Recipe.read(file);
    return locked(() -> {
      if (isUpToDate(name)) {
        return image(name);
      }
      Path work = newWork();
      var built =
          new ImageBuilder(host)
              .build(recipe, Objects.requireNonNull(file.getParent()), work, progress);
      progress.report("compute digests", -1);
      return store(
          manifest(name, recipe, built),
          List.of(built.kernel(), built.initrd(), built.root().file()));
    });
  }

  private Manifest manifest(String name, Recipe recipe, ImageBuilder.Built built)
      throws IOException {
    return new Manifest(
        name,
        recipeDigest(name),
        Digests.of(built.kernel()),
        Digests.of(built.initrd()),
        Digests.of(built.root().file()),
        "PARTUUID=" + built.root().partitionUuid(),
        built.root().partitionUuid(),
        built.root().fileSystemUuid(),
        "ext4",
        built.kernelPackage().release(),
        KernelPackage.options(built.kernelPackage().configuration()),
        built.modules(),
        "initramfs",
        recipe.ports(),
        recipe.vcpus(),
        recipe.memoryMib(),
        built.packages(),
        List.of());
  }

  /** Files first, then the manifest, then the name. */
  Image store(Manifest manifest, List<Path> files) throws IOException {
    for (Path kind :
        List.of(folder.resolve("objects"), folder.resolve("manifests"), folder.resolve("names"))) {
      Files.createDirectories(kind);
      Files.setPosixFilePermissions(kind, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    for (Path file : files) {
      try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      ImageBuilder.place(file, object(Digests.of(file)));
    }
    byte[] text = Json.pretty(manifest).getBytes(StandardCharsets.UTF_8);
    Digest digest = Digests.of(text);
    DurableFiles.write(
        folder.resolve("manifests").resolve(digest.hex() + ".json"), text, "rw-r--r--");
    DurableFiles.write(
        folder.resolve("names").resolve(manifest.name()),
        (digest + "\n").getBytes(StandardCharsets.UTF_8),
        "rw-r--r--");
    return byDigest(digest);
  }

  /**
   * Takes the name away, and every file that no other image needs.
   *
   * @param inUse digests of images that VMs still use; one of these is refused
   */
  public void remove(String name, Set<Digest> inUse) {
    Image image = image(name);
    if (inUse.contains(image.digest())) {
      throw new Refused(
          new Refusal.Conflict(
              "The image " + name + " is used by VMs.",
              "Destroy them first: visco ps shows them."));
    }
    locked(() -> {
      Files.delete(folder.resolve("names").resolve(name));
      removeUnused(inUse);
      return image;
    });
  }

  private void removeUnused(Set<Digest> inUse) throws IOException {
    Set<String> manifests = new TreeSet<>();
    Set<String> objects = new TreeSet<>();
    var kept = new ArrayList<>(all());
    inUse.forEach(digest -> kept.add(byDigest(digest)));
    for (Image image : kept) {
      manifests.add(image.digest().hex() + ".json");
      objects.add(image.manifest().kernel().hex());
      objects.add(image.manifest().rootfs().hex());
      Digest initrd = image.manifest().initrd();
      objects.add(initrd == null ? "" : initrd.hex());
    }
    for (Path file : list(folder.resolve("manifests"), "*")) {
      if (!manifests.contains(file.getFileName().toString())) {
        Files.delete(file);
      }
    }
    for (Path file : list(folder.resolve("objects"), "*")) {
      if (!objects.contains(file.getFileName().toString())) {
        Files.delete(file);
      }
    }
  }

  private Path object(Digest digest) {
    return folder.resolve("objects").resolve(digest.hex());
  }

  private Optional<Path> recipe(String name) {
    return recipeFolders.reversed().stream()
        .map(recipes -> recipes.resolve(name + ".toml"))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private Digest recipeDigest(String name) {
    Path file = recipe(name).orElseThrow();
    Recipe recipe = Recipe.read(file);
    MessageDigest sum = Digests.sha256();
    try (InputStream init = Objects.requireNonNull(Images.class.getResourceAsStream("init"))) {
      sum.update((BUILDER + recipe).getBytes(StandardCharsets.UTF_8));
      sum.update(init.readAllBytes());
      for (Recipe.FileEntry entry : recipe.fileList()) {
        sum.update(Files.readAllBytes(file.resolveSibling(entry.source())));
      }
      return Digests.digest(sum.digest());
    } catch (IOException e) {
      throw Refused.invalid(
          "files.source",
          e.getMessage() + "",
          "cannot be read",
          "Correct the recipe " + file + ".");
    }
  }

  private Path newWork() throws IOException {
    Path work = folder.resolve("work");
    DurableFiles.deleteTree(work); // Of a build that was killed: we hold the lock.
    Files.createDirectories(work);
    // Programs in the new root run as their own users while it is made.
    Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxr-xr-x"));
    return work;
  }

  /** Work that may fail for lack of space. */
  private interface Work {
    Image run() throws IOException;
  }

  private Image locked(Work work) {
    building.lock();
    try {
      Files.createDirectories(folder);
      try (var channel =
              FileChannel.open(
                  folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var lock = channel.lock()) {
        return run(work, lock.isValid());
      }
    } catch (IOException e) {
      throw new HostFault("the image store " + folder + ": " + e.getMessage(), e);
    } finally {
      building.unlock();
    }
  }

  private Image run(Work work, boolean isLocked) throws IOException {
    try {
      return work.run();
    } catch (IOException | UncheckedIOException | HostFault e) {
      if (isLocked && Files.getFileStore(folder).getUsableSpace() < SPARE_BYTES) {
        throw new Refused(
            new Refusal.HostLacks(
                "disk space",
                "The disk of " + folder + " filled up while the image was made.",
                "Free at least 2 GiB there, or set data to a larger disk."));
      }
      throw e;
    } finally {
      DurableFiles.deleteTree(folder.resolve("work"));
    }
  }

  private static List<Path> list(Path folder, String glob) {
    var found = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (var files = Files.newDirectoryStream(folder, glob)) {
        files.forEach(found::add);
      } catch (IOException e) {
        throw new HostFault("cannot read " + folder, e);
      }
    }
    found.sort(null);
    return found;
  }
}
