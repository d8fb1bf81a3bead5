package dev.visco.image;

import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.LockFiles;
import dev.visco.host.RunningProcess;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
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
 * manifests/DIGEST.json} for what is known of an image, {@code names/NAME} for the one that a name
 * means, {@code unpacked} for packed kernels as ELF files ({@link ElfKernels}). A name is written
 * last, so a half-made image is never visible; whatever lies in {@code work} belongs to the one who
 * makes an image or to nobody.
 */
public final class ImageStore {
  /** Below this much free space, a failure is put down to the lack of it. */
  private static final long SPARE_BYTES = 64L << 20;

  private static final Duration END = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(5);
  private final Host host;
  private final Path folder;
  private final ElfKernels kernels;
  private final ReentrantLock busy = new ReentrantLock();
  private final ReentrantLock makes = new ReentrantLock();

  public ImageStore(Host host, Path folder) {
    this.host = host;
    this.folder = folder;
    this.kernels = new ElfKernels(folder.resolve("unpacked"));
  }

  /** The image that this name means now. */
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

  /** An image by its digest, whatever its name means now. */
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

  /** An image's kernel as an ELF file; refused when it cannot be one. */
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
   * Files first, then the manifest, then the name.
   *
   * @param files what the manifest names, by digest; they are moved
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

  /** Others get nowhere in it, and VMMs to the files that they are told of. */
  private void makeFolders() throws IOException {
    DataFolders.passable(folder);
    DataFolders.forVmms(folder.resolve("objects"));
    DataFolders.closed(folder.resolve("manifests"));
    DataFolders.closed(folder.resolve("names"));
  }

  /**
   * Closes a store that an earlier version has left open to others; nothing happens without one.
   */
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

  /**
   * Moves a finished file to its place; what is there already stays, since VMs may have it open.
   */
  private static void place(Path file, Path target) throws IOException {
    if (Files.exists(target)) {
      return;
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    // What keeps others away is the folder: a jail has it under a name of its own.
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Takes a name away, and every file that no other image and none of these needs. */
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

  /** Work on the store that only one does at a time, on this host. */
  public interface StoreWork<T> {
    T run() throws IOException;
  }

  /** Does it when nobody else, in this process or another, changes the store. Never for long. */
  public <T extends @Nullable Object> T locked(Progress progress, StoreWork<T> work) {
    return alone(busy, "lock", progress, work);
  }

  /**
   * Does it when nobody else, in this process or another, makes an image, which may take half an
   * hour; the store can be changed meanwhile.
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

  /** Work in an empty folder that is gone afterwards, however it ends. */
  public interface Making {
    Image in(Path work) throws IOException;
  }

  /**
   * Makes an image; the caller is the only one who does ({@link #making}).
   *
   * @param needed bytes that this takes at least; refused beforehand when the disk has less
   */
  public Image make(long needed, Making making) throws IOException {
    requireSpace(needed);
    Path work = work();
    removeLeftovers();
    try {
      // Programs in a new root run as their own users while it is made.
      DataFolders.passable(work);
      return making.in(work);
    } catch (IOException | UncheckedIOException | HostFault e) {
      if (Files.getFileStore(folder).getUsableSpace() < SPARE_BYTES) {
        throw noSpace("The disk of " + folder + " filled up while the image was made", needed);
      }
      throw e;
    } finally {
      DurableFiles.deleteTree(work);
    }
  }

  private void requireSpace(long needed) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < needed) {
      throw noSpace("The disk of " + folder + " has only " + free + " bytes free", needed);
    }
  }

  private static Refused noSpace(String what, long needed) {
    return new Refused(
        new Refusal.HostLacks(
            "disk space",
            what + "; this image takes at least " + needed + " bytes.",
            Advice.of(
                "Free space there ({}), or set data to a folder on a larger disk.",
                new Remedy.RemoveImage(null))));
  }

  private Path work() {
    return folder.resolve("work");
  }

  /**
   * Takes away what a killed process left of an image that it made; the caller holds the lock, so
   * that nobody makes one now. Programs that it started may still run and would write on: they are
   * known by the folder in their arguments.
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
