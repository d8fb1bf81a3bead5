package dev.visco.image;

import dev.visco.host.DataFolders;
import dev.visco.host.DiskRoom;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.image.oci.BlobCache;
import dev.visco.image.recipe.BuiltKernels;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.DiskReserve;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The folder with the images: {@code objects/DIGEST} for kernels, initramfs and disks, {@code
 * manifests/DIGEST.json} for images' manifests, {@code names/NAME} with the digest that a name
 * refers to, {@code unpacked} for unpacked kernels ({@link ElfKernels}), {@code kernels} for those
 * that were built here ({@link BuiltKernels}), {@code layers} for those of container images, {@code
 * work} for an image that is being made, and {@code scratch}. A name is written last, so that an
 * incomplete image is never visible; {@code adding} says until then which files are new ({@link
 * ImageLeftovers}).
 */
public final class ImageStore {
  /** With less free space than this, a failure is attributed to the full disk. */
  private static final long SPARE_BYTES = 64L << 20;

  private final Path folder;
  private final DiskRoom room;
  private final ElfKernels kernels;
  private final BuiltKernels builtKernels;
  private final BlobCache layers;
  private final ImageLeftovers leftovers;
  private final StoreLocks locks;

  /** One beside which no guest writes. */
  public ImageStore(Host host, Path folder) {
    this(host, folder, DiskRoom.of(folder, DiskReserve.NONE));
  }

  /**
   * @param room of its file system
   */
  ImageStore(Host host, Path folder, DiskRoom room) {
    this.folder = folder;
    this.room = room;
    this.kernels = new ElfKernels(folder.resolve("unpacked"));
    this.builtKernels = new BuiltKernels(folder.resolve("kernels"));
    this.layers = new BlobCache(folder.resolve("layers"));
    this.locks = new StoreLocks(folder);
    this.leftovers = new ImageLeftovers(host, folder);
  }

  /** The image that this name refers to now. */
  public Optional<Image> find(ImageName name) {
    return pointedAt(folder.resolve("names").resolve(name.value()));
  }

  private Optional<Image> pointedAt(Path pointer) {
    try {
      return Files.exists(pointer)
          ? Optional.of(byDigest(new Digest(Files.readString(pointer).strip())))
          : Optional.empty();
    } catch (IOException e) {
      throw new HostFault("cannot read " + pointer, e);
    }
  }

  /** An image by its digest, whatever its name refers to now. */
  public Image byDigest(Digest digest) {
    Path file = manifest(digest);
    try {
      Manifest manifest = Json.read(Files.readString(file), Manifest.class);
      Digest initrd = manifest.initrd();
      Digest tools = manifest.tools() == null ? null : manifest.tools().disk();
      return new Image(
          digest,
          manifest,
          object(manifest.kernel()),
          initrd == null ? null : object(initrd),
          object(manifest.rootfs()),
          tools == null ? null : object(tools),
          Files.getLastModifiedTime(file).toInstant());
    } catch (JacksonException e) {
      throw new HostFault("cannot read " + file + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new Refused(
          new Refusal.NotFound(
              "image", digest.toString(), Advice.of("{} lists them.", new Remedy.ListImages())));
    }
  }

  /** An image's kernel as an ELF file; refused when it cannot be unpacked. */
  public BootKernel elfKernel(Image image) {
    return kernels.of(image.kernel(), image.manifest().kernel());
  }

  /** Every image that has a name, newest first. */
  public List<Image> all() {
    return list(folder.resolve("names"), "[a-z0-9]*").stream()
        .flatMap(file -> pointedAt(file).stream())
        .sorted(Comparator.comparing(Image::created).reversed())
        .toList();
  }

  /**
   * Adds an image: files first, then the manifest, then the name.
   *
   * @param files the files of the manifest by digest; they are moved
   */
  public Image add(Manifest manifest, Map<Digest, Path> files) {
    return add(manifest, files, Progress.SILENT);
  }

  /** The same, with progress: what was written is synced to the disk, which may take a while. */
  Image add(Manifest manifest, Map<Digest, Path> files, Progress progress) {
    return locked(progress, () -> placed(manifest, files, progress));
  }

  private Image placed(Manifest manifest, Map<Digest, Path> files, Progress progress)
      throws IOException {
    makeFolders();
    leftovers.undo();
    byte[] text = Json.pretty(manifest).getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(text);
    leftovers.begin(
        Stream.concat(files.keySet().stream().map(this::object), Stream.of(manifest(digest)))
            .filter(file -> !Files.exists(file))
            .toList());
    for (var file : files.entrySet()) {
      progress.report("store the image", -1);
      place(file.getValue(), object(file.getKey()));
    }
    requireObjects(manifest);
    DurableFiles.syncFolder(folder.resolve("objects"));
    progress.report("store the image", -1);
    DurableFiles.write(manifest(digest), text, "rw-------");
    progress.report("store the image", -1);
    DurableFiles.write(
        folder.resolve("names").resolve(manifest.name()),
        (digest + "\n").getBytes(StandardCharsets.UTF_8),
        "rw-------");
    leftovers.done();
    return byDigest(digest);
  }

  /** The kernel and the tools may be another image's, which somebody can remove meanwhile. */
  private void requireObjects(Manifest manifest) {
    for (Digest needed : manifest.files()) {
      if (!Files.exists(object(needed))) {
        throw new HostFault("the image store has lost " + needed + " while an image was made");
      }
    }
  }

  /**
   * Creates the folders: other users get no access, and VMMs can open files whose paths they are
   * given.
   */
  private void makeFolders() throws IOException {
    DataFolders.passable(folder);
    DataFolders.forVmms(folder.resolve("objects"));
    DataFolders.closed(folder.resolve("manifests"));
    DataFolders.closed(folder.resolve("names"));
  }

  /** Removes the rights of others that an earlier version granted; does nothing without a store. */
  public void close() {
    if (!Files.exists(folder)) {
      return;
    }
    DurableFiles.deleteTree(scratch());
    try {
      makeFolders();
      kernels.close();
      DataFolders.closeToOthers(
          folder, below -> below.startsWith("objects") || below.startsWith("unpacked"));
    } catch (IOException e) {
      throw new HostFault("cannot close " + folder + " to others: " + e.getMessage(), e);
    }
  }

  /** Moves a finished file to its place; keeps an existing one, since VMs may have it open. */
  private static void place(Path file, Path target) throws IOException {
    if (Files.exists(target)) {
      return;
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    // The folder denies access to others. The mode of the file is that which a VMM needs in its
    // jail.
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** What is in the store besides whole images, and whether somebody is at it. */
  List<ImageLeftover> leftovers() {
    var found = new ArrayList<ImageLeftover>();
    if (!locks.unlessMaking(() -> found.addAll(leftovers.ofMaking(true)))) {
      found.addAll(leftovers.ofMaking(false));
    }
    locks.unlessLocked(() -> found.addAll(leftovers.ofAdding()));
    found.addAll(leftovers.layers(layersInUse()));
    found.addAll(leftovers.kernels(builtKernels.unused(kernelsInUse())));
    return found;
  }

  /** Removes what nobody is at any more; returns it. */
  List<ImageLeftover> removeLeftovers() {
    var gone = new ArrayList<ImageLeftover>();
    locks.unlessMaking(() -> {
      gone.addAll(leftovers.ofMaking(true));
      leftovers.removeMaking();
      return gone;
    });
    locks.unlessLocked(() -> {
      gone.addAll(leftovers.ofAdding());
      leftovers.undo();
      return gone;
    });
    return gone;
  }

  private Set<String> kernelsInUse() {
    return all().stream()
        .flatMap(image -> Stream.ofNullable(image.manifest().kernelBuild()))
        .map(Digest::hex)
        .collect(Collectors.toSet());
  }

  private Set<String> layersInUse() {
    return all().stream()
        .map(image -> image.manifest().container())
        .filter(Objects::nonNull)
        .flatMap(container -> container.layers().stream())
        .map(Digest::hex)
        .collect(Collectors.toSet());
  }

  /** Removes a name, and all files that neither another image nor one in {@code inUse} needs. */
  public void remove(String name, Set<Digest> inUse) throws IOException {
    Files.deleteIfExists(folder.resolve("names").resolve(name));
    Set<String> needed = new TreeSet<>();
    var kept = new ArrayList<>(all());
    inUse.stream()
        .filter(digest -> Files.exists(manifest(digest)))
        .forEach(digest -> kept.add(byDigest(digest)));
    for (Image image : kept) {
      needed.add(image.digest().hex() + ".json");
      image.manifest().files().forEach(file -> needed.add(file.hex()));
      Stream.ofNullable(image.manifest().kernelBuild()).forEach(kernel -> needed.add(kernel.hex()));
      ContainerFacts container = image.manifest().container();
      if (container != null) {
        container.layers().forEach(layer -> needed.add(layer.hex()));
      }
    }
    // A pull that is under way has layers that no image needs yet, and a build a kernel.
    locks.unlessMaking(() -> {
      layers.keepOnly(needed);
      builtKernels.keepOnly(needed);
      return needed;
    });
    for (String kind : List.of("manifests", "objects")) {
      for (Path file : list(folder.resolve(kind), "*")) {
        if (!needed.contains(file.getFileName().toString())) {
          Files.delete(file);
        }
      }
    }
    kernels.keepOnly(needed);
  }

  private Path object(Digest digest) {
    return folder.resolve("objects").resolve(digest.hex());
  }

  private Path manifest(Digest digest) {
    return folder.resolve("manifests").resolve(digest.hex() + ".json");
  }

  /** Runs short work while no other thread or process changes the store. */
  public <T extends @Nullable Object> T locked(Progress progress, StoreWork<T> work) {
    return locks.locked(progress, work);
  }

  /**
   * Runs work while no other thread or process makes an image; it may take half an hour, and the
   * store can be changed meanwhile.
   */
  public <T extends @Nullable Object> T making(Progress progress, StoreWork<T> work) {
    return locks.making(progress, work);
  }

  /** Kernels that were built of their source. */
  BuiltKernels builtKernels() {
    return builtKernels;
  }

  /** Layers of container images that were fetched. */
  BlobCache layers() {
    return layers;
  }

  /** Refuses what does not fit on the disk. */
  void requireRoom(long bytes) {
    room.require((bytes + (1 << 20) - 1) >> 20, "this image");
  }

  /** Work in an empty folder, which is removed when it ends, successfully or not. */
  public interface Making {
    Image in(Path work) throws IOException;
  }

  /**
   * Makes an image; to be called within {@link #making}.
   *
   * @param needed the minimum of free bytes; refused beforehand when the disk has less
   */
  public Image make(long needed, Making making) throws IOException {
    requireRoom(needed);
    Path work = folder.resolve("work");
    leftovers.removeMaking();
    try {
      // Programs in the new root run as users of their own while it is made.
      DataFolders.passable(work);
      return making.in(work);
    } catch (IOException | UncheckedIOException | HostFault e) {
      if (room.free() < SPARE_BYTES) {
        throw filledUp(needed);
      }
      throw e;
    } finally {
      DurableFiles.deleteTree(work);
    }
  }

  private Refused filledUp(long needed) {
    return new Refused(
        new Refusal.HostLacks(
            "disk space",
            "The disk of %s filled up while the image was made; this image takes at least %d bytes."
                .formatted(folder, needed),
            Advice.of(
                "Free space there ({}), or set data to a folder on a larger disk.",
                new Remedy.RemoveImage(null))));
  }

  /** What a killed process leaves of it is removed at the next start. */
  private Path scratch() {
    return folder.resolve("scratch");
  }

  /** Work with files of its own that are removed when it ends. */
  public interface ScratchWork<T> {
    T in(Path folder) throws IOException;
  }

  /** Runs work in an empty folder of its own beside the images. */
  <T> T scratch(ScratchWork<T> work) {
    Path own = scratch().resolve(UUID.randomUUID().toString());
    try {
      DataFolders.closed(scratch());
      Files.createDirectory(own);
      return work.in(own);
    } catch (IOException e) {
      throw new HostFault("cannot use " + own + ": " + e.getMessage(), e);
    } finally {
      DurableFiles.deleteTree(own);
    }
  }

  public static List<Path> list(Path folder, String glob) {
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
