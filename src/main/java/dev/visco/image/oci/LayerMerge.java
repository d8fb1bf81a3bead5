package dev.visco.image.oci;

import dev.visco.host.MemoryBudget;
import dev.visco.model.Progress;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads all layers once: proves them, and merges them to the root file system. */
final class LayerMerge {
  /** Heap for a name that is kept: node, text and its place in a map. */
  private static final int ENTRY_BYTES = 176;

  private static final int RESERVED_AT_ONCE = 4096;
  private static final Duration WAIT = Duration.ofMinutes(5);

  private final OciLimits limits;
  private final MemoryBudget.Reservation memory;
  private final RootTree tree;
  private long bytes;
  private int entries;

  /**
   * @param memory grows with the number of files; its owner closes it once the tree is not needed
   */
  LayerMerge(OciLimits limits, MemoryBudget.Reservation memory) {
    this.limits = limits;
    this.memory = memory;
    this.tree = new RootTree(limits);
  }

  /** Merges layers, the lowest first. */
  RootTree merge(List<OciLayer> layers, LayerSource source, Progress progress) throws IOException {
    for (int number = 0; number < layers.size(); number++) {
      progress.report(
          "check layer %d of %d".formatted(number + 1, layers.size()),
          (double) number / layers.size());
      try (InputStream stored = source.open(layers.get(number));
          var in = new LayerInput(layers.get(number), stored, limits)) {
        merge(in, number);
      } catch (EOFException e) {
        throw OciRefusal.layer(layers.get(number).digest() + "", "ends too early");
      } catch (IOException e) {
        throw damaged(layers.get(number), e);
      }
    }
    return tree;
  }

  private static RuntimeException damaged(OciLayer layer, IOException e) {
    return OciRefusal.layer(
        layer.digest() + "", "cannot be unpacked: " + OciRefusal.printable(e.getMessage() + ""));
  }

  private void merge(LayerInput in, int layer) throws IOException {
    var tar = new TarReader(in);
    int number = 0;
    for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
      count(in);
      tree.apply(entry.get(), layer, number++);
    }
    in.finish();
    bytes += in.bytes();
    count(0);
  }

  private void count(LayerInput in) {
    if (entries % RESERVED_AT_ONCE == 0) {
      memory.more("a container image", (long) RESERVED_AT_ONCE * ENTRY_BYTES, WAIT);
    }
    entries++;
    if (entries > limits.maxEntries()) {
      throw OciRefusal.of(
          "layers",
          "have more than " + limits.maxEntries() + " files",
          "Build the image with fewer files, or import it as a disk.");
    }
    count(in.bytes());
  }

  private void count(long more) {
    if (bytes + more > limits.maxBytes()) {
      throw OciRefusal.layer(
          "layers", "unpack to more than " + (limits.maxBytes() >> 20) + " MiB together");
    }
  }
}
