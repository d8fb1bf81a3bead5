package dev.visco.image.oci;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Reads small files of a merged tree out of their layers. */
final class TreeContents {
  private static final int MAX_BYTES = 1 << 20;
  private final RootTree tree;
  private final List<OciLayer> layers;
  private final LayerSource source;
  private final OciLimits limits;

  TreeContents(RootTree tree, List<OciLayer> layers, LayerSource source, OciLimits limits) {
    this.tree = tree;
    this.layers = layers;
    this.source = source;
    this.limits = limits;
  }

  /** The lines of a text file; none when there is no such file, or it has more than 1 MiB. */
  List<String> lines(String path) throws IOException {
    Optional<TreeNode> found = tree.find(path).map(node -> node.original);
    if (found.isEmpty() || !found.get().isFile() || found.get().size > MAX_BYTES) {
      return List.of();
    }
    OciLayer layer = layers.get(found.get().layer);
    try (InputStream stored = source.open(layer);
        var in = new LayerInput(layer, stored, limits)) {
      var tar = new TarReader(in);
      Optional<TarEntry> entry = tar.next();
      for (int number = 0; number < found.get().number && entry.isPresent(); number++) {
        entry = tar.next();
      }
      var text = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      for (int count = tar.read(buffer); count >= 0; count = tar.read(buffer)) {
        text.write(buffer, 0, count);
      }
      return text.toString(StandardCharsets.UTF_8).lines().toList();
    }
  }
}
