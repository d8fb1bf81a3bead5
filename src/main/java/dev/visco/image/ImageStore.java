package dev.visco.image;

import dev.visco.host.DataFolders;
import dev.visco.host.DiskRoom;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.LockFiles;
import dev.visco.host.RunningProcess;
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
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The folder with the images: {@code objects/DIGEST} for kernels, initramfs and disks, {@code
 * manifests/DIGEST.json} for images' manifests, {@code names/NAME} with the digest that a name
 * refers to, {@code unpacked} for unpacked kernels ({@link ElfKernels}), and {@code work} for an
 * image that is being made. A name is written last, so that an incomplete image is never visible.
 */
public final class ImageStore {
  /** With less free space than this, a failure is attributed to the full disk. */
  private static final long SPARE_BYTES = 64L << 20;

  private static final Duration END = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(5);
  private final Host host;
  private final Path folder;
  private final DiskRoom room;
  private final ElfKernels kernels;
  private final ReentrantLock busy = new ReentrantLock();
  private final ReentrantLock makes = new ReentrantLock();

  /** One beside which no guest writes. */
  public ImageStore(Host host, Path folder) {
    this(host, folder, DiskRoom.of(folder, DiskReserve.NONE));
  }

  /**
   * @param room of its file system
   */
  ImageStore(Host host, Path folder, DiskRoom room) {
    this.host = host;
    this.folder = folder;
    this.room = room;
    this.kernels = new ElfKernels(folder.resolve("unpacked"));
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
      return new Image(
          digest,
          manifest,
          object(manifest.kernel()),
          initrd == null ? null : object(initrd),
          object(manifest.rootfs()),
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

  /** Every image that has a name, by name. */
  public List<Image> all() {
    return list(folder.resolve("names"), "[a-z0-9]*").stream()
        .flatMap(file -> pointedAt(file).stream())
        .toList();
  }

  /**
   * Adds an image: files first, then the manifest, then the name.
   *
   * @param files the files of the manifest by digest; they are moved
   */
  public Image add(Manifest manifest, Map<Digest, Path> files) {
    return locked(Progress.SILENT, () -> placed(manifest, files));
  }

  private Image placed(Manifest manifest, Map<Digest, Path> files) throws IOException {
    makeFolders();
    for (var file : files.entrySet()) {
      place(file.getValue(), object(file.getKey()));
    }
    DurableFiles.syncFolder(folder.resolve("objects"));
    byte[] text = Json.pretty(manifest).getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(text);
    DurableFiles.write(manifest(digest), text, "rw-------");
    DurableFiles.write(
        folder.resolve("names").resolve(manifest.name()),
        (digest + "\n").getBytes(StandardCharsets.UTF_8),
        "rw-------");
    return byDigest(digest);
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
      needed.add(image.manifest().kernel().hex());
      needed.add(image.manifest().rootfs().hex());
      Digest initrd = image.manifest().initrd();
      needed.add(initrd == null ? "" : initrd.hex());
    }
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

  /** Work on the store that only one thread on this host does at a time. */
  public interface StoreWork<T> {
    T run() throws IOException;
  }

  /** Runs short work while no other thread or process changes the store. */
  public <T extends @Nullable Object> T locked(Progress progress, StoreWork<T> work) {
    return alone(busy, "lock", progress, work);
  }

  /**
   * Runs work while no other thread or process makes an image; it may take half an hour, and the
   * store can be changed meanwhile.
   */
  public <T extends @Nullable Object> T making(Progress progress, StoreWork<T> work) {
    return alone(makes, "work.lock", progress, work);
  }

  private <T extends @Nullable Object> T alone(
      ReentrantLock mine, String file, Progress progress, StoreWork<T> work) {
    if (!mine.tryLock()) {
      progress.report("wait for another change of the image store to end", -1);
      mine.lock();
    }
    try {
      DataFolders.passable(folder);
      try (var channel = LockFiles.open(folder.resolve(file));
          var lock = lock(channel, progress)) {
        assert lock.isValid();
        return work.run();
      }
    } catch (IOException e) {
      throw new HostFault("the image store " + folder + ": " + e.getMessage(), e);
    } finally {
      mine.unlock();
    }
  }

  private static FileLock lock(FileChannel channel, Progress progress) throws IOException {
    FileLock lock = channel.tryLock();
    if (lock != null) {
      return lock;
    }
    progress.report("wait for another change of the image store to end", -1);
    return channel.lock();
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
    room.require((needed + (1 << 20) - 1) >> 20, "this image");
    Path work = work();
    removeLeftovers();
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

  private Path work() {
    return folder.resolve("work");
  }

  /**
   * Removes what a killed build left. The caller holds the lock, so that no build is under way.
   * Ends programs that the build started and that would go on writing: they have the folder in
   * their arguments.
   */
  public void removeLeftovers() {
    if (!Files.exists(work())) {
      return;
    }
    List<RunningProcess> writers =
        host.processes().stream()
            .filter(RunningProcess::isRoots)
            .filter(process ->
                process.arguments().stream().anyMatch(word -> word.contains(work() + "/")))
            .toList();
    writers.forEach(process -> host.terminate(process.ref(), true));
    long deadline = System.nanoTime() + END.toNanos();
    while (writers.stream().anyMatch(process -> host.isAlive(process.ref()))) {
      if (System.nanoTime() > deadline) {
        throw new HostFault("processes of an earlier build do not end: " + writers);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    DurableFiles.deleteTree(work());
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
