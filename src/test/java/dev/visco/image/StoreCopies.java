package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DiskDigest;
import dev.visco.host.FileDigest;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.host.WrappedHost;
import dev.visco.model.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Copies of an image store at each effect of the making of an image: before and after each program
 * that it starts, and at each of its steps. A copy is what a {@code kill -9} there leaves on the
 * disk.
 */
public final class StoreCopies implements Progress {
  private final LinuxHost host = new LinuxHost();
  private final Path store;
  private final Path folder;
  private final List<Path> copies = new ArrayList<>();
  private List<String> last = List.of();

  /**
   * @param folder where the copies are put
   */
  public StoreCopies(Path store, Path folder) {
    this.store = store;
    this.folder = folder;
  }

  /** The host whose programs are effects. */
  public Host host() {
    return new WrappedHost(host) {
      @Override
      public CommandResult run(Command command) {
        copy();
        CommandResult result = super.run(command);
        copy();
        return result;
      }
    };
  }

  @Override
  public void report(String what, double fraction) {
    copy();
  }

  /** All that differ from the one before, in order. */
  public List<Path> all() {
    return copies;
  }

  private void copy() {
    try {
      List<String> now = files(store);
      if (now.isEmpty() || now.equals(last)) {
        return;
      }
      last = now;
      Path copy = Files.createDirectories(folder.resolve("copy-" + copies.size()));
      // Files that have their digest's name are never written again.
      for (Path part : list(store)) {
        String how = part.getFileName().toString().equals("objects") ? "-al" : "-a";
        host.check(Command.of("cp", how, "--sparse=always", part.toString(), copy.toString()));
      }
      copies.add(copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** The files in a store with their sizes, locks aside. */
  public static List<String> files(Path store) throws IOException {
    if (!Files.isDirectory(store)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(store)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !Set.of("lock", "work.lock").contains(file.getFileName().toString()))
          .map(file -> store.relativize(file) + " " + file.toFile().length())
          .sorted()
          .toList();
    }
  }

  /** No file has a digest's name and other contents, and no image is there in part. */
  public static void assertNothingHalf(Images images, Path store) throws IOException {
    for (Image image : images.all()) {
      assertThat(image.kernel()).exists();
      assertThat(image.rootfs()).exists();
    }
    for (String kind : List.of("objects", "layers")) {
      for (Path file : ImageStore.list(store.resolve(kind), "[0-9a-f]*")) {
        String name = file.getFileName().toString();
        if (!DiskDigest.of(file).hex().equals(name)) {
          assertThat(FileDigest.of(file).hex()).isEqualTo(name);
        }
      }
    }
  }
}
