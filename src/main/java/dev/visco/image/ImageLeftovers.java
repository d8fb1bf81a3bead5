package dev.visco.image;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.RunningProcess;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a daemon that was killed while it made an image has left: the folder {@code work} with the
 * programs that write there, layers that are half fetched, files that were being written, and files
 * of an image that never got its name. The last are recorded in {@code adding} before they come, so
 * that only they are taken back.
 */
final class ImageLeftovers {
  private static final Duration END = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(5);
  private static final Pattern NEW_FILE =
      Pattern.compile("(objects/[0-9a-f]{64}|manifests/[0-9a-f]{64}\\.json)");

  private final Host host;
  private final Path folder;

  ImageLeftovers(Host host, Path folder) {
    this.host = host;
    this.folder = folder;
  }

  private Path work() {
    return folder.resolve("work");
  }

  private Path record() {
    return folder.resolve("adding");
  }

  /**
   * The folder {@code work} and half-fetched layers.
   *
   * @param isOrphan whether nobody makes an image
   */
  List<ImageLeftover> ofMaking(boolean isOrphan) {
    String why = isOrphan ? "half made, and nobody goes on with it" : "an image is being made";
    var found = new ArrayList<ImageLeftover>();
    if (Files.exists(work())) {
      found.add(leftover(work(), isOrphan, why));
    }
    halves("layers").forEach(half -> found.add(leftover(half, isOrphan, why)));
    return found;
  }

  /** Layers that were fetched for an image that there is not yet. */
  List<ImageLeftover> layers(Set<String> inUse) {
    return ImageStore.list(folder.resolve("layers"), "[0-9a-f]*").stream()
        .filter(layer -> !inUse.contains(layer.getFileName().toString()))
        .map(layer ->
            leftover(
                layer,
                false,
                "fetched for an image that is not there; the next pull takes it, and it goes with"
                    + " the next image that is removed"))
        .toList();
  }

  /** Kernels that were built for an image that there is not yet, or no more. */
  List<ImageLeftover> kernels(List<Path> unused) {
    return unused.stream()
        .map(kernel ->
            leftover(
                kernel,
                false,
                "a kernel that no image has; the next build with it takes it, and it goes with the"
                    + " next image that is removed"))
        .toList();
  }

  /** Files of an image without a name; to be called while nobody changes the store. */
  List<ImageLeftover> ofAdding() {
    return Stream.concat(halfWritten(), recorded().filter(Files::exists))
        .map(file -> leftover(file, true, "of an image that never got its name"))
        .toList();
  }

  private ImageLeftover leftover(Path file, boolean isOrphan, String why) {
    return new ImageLeftover("images/" + folder.relativize(file), isOrphan, why);
  }

  private Stream<Path> halfWritten() {
    return Stream.of("", "names", "manifests").flatMap(this::halves);
  }

  private Stream<Path> halves(String below) {
    return ImageStore.list(folder.resolve(below), ".*").stream()
        .filter(file -> DurableFiles.halfOf(file.getFileName().toString()).isPresent());
  }

  /** The files that were new with the image that was being added, unless it has its name. */
  private Stream<Path> recorded() {
    try {
      if (!Files.exists(record())) {
        return Stream.empty();
      }
      List<String> lines = Files.readAllLines(record());
      // What is no line of ours is nothing to delete.
      List<Path> files =
          lines.stream()
              .filter(line -> NEW_FILE.matcher(line).matches())
              .map(folder::resolve)
              .toList();
      return isNamed(lines) ? Stream.empty() : files.stream();
    } catch (IOException e) {
      throw new HostFault("cannot read " + record() + ": " + HostFault.words(e), e);
    }
  }

  private boolean isNamed(List<String> lines) throws IOException {
    for (Path name : ImageStore.list(folder.resolve("names"), "[a-z0-9]*")) {
      String manifest = new Digest(Files.readString(name).strip()).hex();
      if (lines.contains("manifests/" + manifest + ".json")) {
        return true;
      }
    }
    return false;
  }

  /**
   * Records the files that are about to come.
   *
   * @param files those that are not there yet
   */
  void begin(List<Path> files) {
    var lines = new StringBuilder();
    files.forEach(file -> lines.append(folder.relativize(file)).append('\n'));
    DurableFiles.write(record(), lines.toString().getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /** The image has its name. */
  void done() throws IOException {
    Files.deleteIfExists(record());
    DurableFiles.syncFolder(folder);
  }

  /** Takes back what was being added; to be called while nobody changes the store. */
  void undo() throws IOException {
    for (Path half : halfWritten().toList()) {
      Files.deleteIfExists(half);
    }
    for (Path file : recorded().toList()) {
      Files.deleteIfExists(file);
    }
    if (Files.exists(record())) {
      DurableFiles.syncFolder(folder.resolve("objects"));
      DurableFiles.syncFolder(folder.resolve("manifests"));
      done();
    }
  }

  /**
   * Removes {@code work} and half-fetched layers; to be called while nobody makes an image. Ends
   * programs that would go on writing there: they have the folder in their arguments.
   */
  void removeMaking() throws IOException {
    for (Path half : halves("layers").toList()) {
      Files.deleteIfExists(half);
    }
    if (!Files.exists(work())) {
      return;
    }
    writers().forEach(process -> host.terminate(process.ref(), true));
    long deadline = System.nanoTime() + END.toNanos();
    // Those that have ended and that nobody has waited for have no arguments any more.
    while (!writers().isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new HostFault("processes of an earlier build do not end: " + writers());
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    DurableFiles.deleteTree(work());
  }

  private List<RunningProcess> writers() {
    return host.processes().stream()
        .filter(RunningProcess::isRoots)
        .filter(
            process -> process.arguments().stream().anyMatch(word -> word.contains(work() + "/")))
        .toList();
  }
}
