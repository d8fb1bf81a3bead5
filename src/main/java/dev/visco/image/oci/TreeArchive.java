package dev.visco.image.oci;

import dev.visco.host.PosixTar;
import dev.visco.model.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes a merged tree as one archive, for tar to unpack as an unprivileged user: folders, then
 * files in the order of their layers, then links. Owners and modes are not in it, see {@link
 * TreeOwners}; each name is there once, and none lies behind a link.
 */
final class TreeArchive {
  private static final int FILE_MODE = 0600;
  private static final int FOLDER_MODE = 0700;

  /** The last second that ext4 can tell: in the year 2446. */
  private static final long MAX_SECONDS = 15_032_385_535L;

  private static final int COPY_BYTES = 128 << 10;

  private final TreeNode root;
  private final List<OciLayer> layers;
  private final LayerSource source;
  private final ExtraFiles extra;
  private final OciLimits limits;

  /**
   * @param extra is the layer above {@code layers}
   */
  TreeArchive(
      TreeNode root,
      List<OciLayer> layers,
      LayerSource source,
      ExtraFiles extra,
      OciLimits limits) {
    this.root = root;
    this.layers = layers;
    this.source = source;
    this.extra = extra;
    this.limits = limits;
  }

  /**
   * What a tree takes on a disk.
   *
   * @param bytes of all files, each rounded up to blocks of 4 KiB, with one for each folder
   * @param names files, folders and all else, each an inode at most
   */
  record TreeSize(long bytes, int names) {
    private static final long BLOCK = 4096;

    static TreeSize of(TreeNode root) {
      var sum = new long[2];
      TreeWalk.of(
          root,
          (path, node) -> {
            // debugfs takes a line of 8 KiB, in which each quote is doubled.
            String line = path.replace("\"", "\"\"");
            if (line.getBytes(StandardCharsets.UTF_8).length > OciLimits.MAX_PATH) {
              throw OciRefusal.layer(
                  path, "is a path of more than " + OciLimits.MAX_PATH + " bytes");
            }
            sum[0] += node.original == node ? (node.size + BLOCK - 1) / BLOCK * BLOCK : 0;
            sum[0] += node.isFolder() || node.isLink() ? BLOCK : 0;
            sum[1]++;
          });
      return new TreeSize(sum[0], (int) sum[1]);
    }
  }

  /** Writes all; layers are unpacked once more for it. Closes {@code out}. */
  void write(OutputStream out, Progress progress) throws IOException {
    try (var tar = PosixTar.writer(out)) {
      TreeWalk.of(
          root,
          (path, node) -> {
            if (node.isFolder()) {
              put(tar, path + "/", TarConstants.LF_DIR, node, FOLDER_MODE, "");
            }
          });
      Map<TreeNode, String> written = new IdentityHashMap<>();
      for (int layer = 0; layer <= layers.size(); layer++) {
        progress.report(
            "unpack layer %d of %d".formatted(layer + 1, layers.size() + 1),
            (double) layer / (layers.size() + 1));
        files(tar, layer, written);
      }
      others(tar, written);
      tar.finish();
    }
  }

  /** A file of a layer, and where it goes. */
  private record Wanted(TreeNode node, String path) {}

  /** The files of a layer that the tree still has, in the layer's order, one name of each. */
  private List<Wanted> wanted(int layer, Map<TreeNode, String> written) {
    var wanted = new ArrayList<Wanted>();
    TreeWalk.of(
        root,
        (path, node) -> {
          TreeNode file = node.original;
          if (file.isFile() && file.layer == layer && !written.containsKey(file)) {
            written.put(file, path);
            wanted.add(new Wanted(file, path));
          }
        });
    wanted.sort(Comparator.comparingInt(one -> one.node().number));
    return wanted;
  }

  private void files(TarArchiveOutputStream tar, int layer, Map<TreeNode, String> written)
      throws IOException {
    List<Wanted> wanted = wanted(layer, written);
    if (wanted.isEmpty()) {
      return;
    }
    if (layer == layers.size()) {
      for (Wanted one : wanted) {
        put(tar, one.path(), TarConstants.LF_NORMAL, one.node(), FILE_MODE, "");
        Files.copy(extra.content(one.node().number), tar);
        tar.closeArchiveEntry();
      }
      return;
    }
    try (InputStream stored = source.open(layers.get(layer));
        var in = new LayerInput(layers.get(layer), stored, limits)) {
      copy(tar, new TarReader(in), wanted);
    }
  }

  private static void copy(TarArchiveOutputStream tar, TarReader from, List<Wanted> wanted)
      throws IOException {
    int number = 0;
    byte[] buffer = new byte[COPY_BYTES];
    for (Wanted one : wanted) {
      Optional<TarEntry> entry = from.next();
      for (; number < one.node().number && entry.isPresent(); number++) {
        entry = from.next();
      }
      number++;
      if (entry.isEmpty() || entry.get().size() != one.node().size) {
        throw new IOException("a layer has changed while it was unpacked");
      }
      put(tar, one.path(), TarConstants.LF_NORMAL, one.node(), FILE_MODE, "");
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        tar.write(buffer, 0, count);
      }
      tar.closeArchiveEntry();
    }
  }

  /** Further names of files, symbolic links and FIFOs; devices are made on the disk. */
  private void others(TarArchiveOutputStream tar, Map<TreeNode, String> written)
      throws IOException {
    TreeWalk.of(
        root,
        (path, node) -> {
          if (!node.isFile()) {
            // A second name of a link or a FIFO is one of its own: nobody can tell.
            put(tar, path, node);
          } else if (!path.equals(written.get(node.original))) {
            put(tar, path, TarConstants.LF_LINK, node, FILE_MODE, written.get(node.original) + "");
          }
        });
  }

  private static void put(TarArchiveOutputStream tar, String path, TreeNode node)
      throws IOException {
    if (node.isLink()) {
      put(tar, path, TarConstants.LF_SYMLINK, node, FILE_MODE, node.link);
    } else if (node.type == TarEntry.FIFO) {
      put(tar, path, TarConstants.LF_FIFO, node, FILE_MODE, "");
    }
  }

  private static void put(
      TarArchiveOutputStream tar, String path, byte type, TreeNode node, int mode, String link)
      throws IOException {
    // Below "." no path begins with a dash or is empty.
    var entry = new TarArchiveEntry("./" + path, type);
    entry.setMode(mode);
    entry.setSize(type == TarConstants.LF_NORMAL ? node.size : 0);
    entry.setModTime(Math.clamp(node.original.seconds, 0, MAX_SECONDS) * 1000);
    if (!link.isEmpty()) {
      entry.setLinkName(type == TarConstants.LF_LINK ? "./" + link : link);
    }
    tar.putArchiveEntry(entry);
    if (type != TarConstants.LF_NORMAL) {
      tar.closeArchiveEntry();
    }
  }
}
