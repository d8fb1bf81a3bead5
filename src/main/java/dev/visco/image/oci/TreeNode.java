package dev.visco.image.oci;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A name in the merged root file system: a file, folder or other thing of a layer, or a further
 * name of a file ({@link #original}).
 */
final class TreeNode {
  private static final int FOLDER_MODE = 0755;

  /** The file that this is a further name of, itself when it is none. */
  final TreeNode original;

  /** Its kind, as in {@link TarEntry#type()}; never a hard link. */
  final char type;

  /** The number of the layer that this name came with last. */
  int layer;

  /** The number of the file within its layer; only a file's contents are looked up by it. */
  final int number;

  final long size;
  final String link;
  final int major;
  final int minor;
  int mode;
  int uid;
  int gid;
  long seconds;
  Map<String, byte[]> attributes;

  /** What is in a folder by name; null for all else. */
  final @Nullable TreeMap<String, TreeNode> children;

  /** The layer that has hidden all that lower layers have here, so that it is done once. */
  int hiddenBy = -1;

  TreeNode(TarEntry entry, int layer, int number) {
    this.original = this;
    this.type = entry.type();
    this.layer = layer;
    this.number = number;
    this.size = entry.size();
    this.link = entry.link();
    this.major = entry.major();
    this.minor = entry.minor();
    this.attributes = Map.of();
    this.children = type == TarEntry.FOLDER ? new TreeMap<>() : null;
    describe(entry, layer);
  }

  /** A folder that no layer describes. */
  static TreeNode folder(int layer, long seconds) {
    return new TreeNode(
        new TarEntry("", TarEntry.FOLDER, "", FOLDER_MODE, 0, 0, seconds, 0, 0, 0, Map.of()),
        layer,
        -1);
  }

  /** A further name of a file. */
  TreeNode(TreeNode file, int layer) {
    this.original = file.original;
    this.type = file.type;
    this.layer = layer;
    this.number = file.number;
    this.size = file.size;
    this.link = file.link;
    this.major = file.major;
    this.minor = file.minor;
    this.attributes = Map.of();
    this.children = null;
  }

  /** Takes over owner, mode, time and attributes, of a folder that a layer describes anew. */
  void describe(TarEntry entry, int inLayer) {
    layer = inLayer;
    mode = entry.mode();
    uid = entry.uid();
    gid = entry.gid();
    seconds = entry.seconds();
    attributes = entry.attributes();
  }

  boolean isFolder() {
    return children != null;
  }

  boolean isFile() {
    return type == TarEntry.FILE;
  }

  boolean isLink() {
    return type == TarEntry.LINK;
  }

  /** What is in it; nothing in what is no folder. */
  Map<String, TreeNode> inside() {
    return children == null ? Map.of() : children;
  }
}
