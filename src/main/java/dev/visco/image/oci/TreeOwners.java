package dev.visco.image.oci;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The commands for debugfs(8) that give a file system's files their owners, modes, attributes and
 * devices: on this host no file of an image has them, so that none can act by them.
 */
final class TreeOwners {
  /** Attributes that mean something in a guest; those of overlayfs and SELinux do not. */
  private static final List<String> KEPT = List.of("security.capability", "user.");

  private static final int MAX_ATTRIBUTE = 4096;
  private final List<String> commands = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private final Map<TreeNode, Boolean> done = new IdentityHashMap<>();

  private TreeOwners() {}

  /**
   * @param commands one a line
   * @param values of attributes, which the commands read from files: {@code attribute-0} and so on
   */
  record Commands(List<String> commands, List<byte[]> values) {}

  static Commands of(TreeNode root) {
    var owners = new TreeOwners();
    owners.describe("", root);
    TreeWalk.of(root, owners::describe);
    return new Commands(owners.commands, owners.values);
  }

  private void describe(String path, TreeNode node) {
    TreeNode file = node.original;
    boolean isDevice = file.type == TarEntry.CHARACTER || file.type == TarEntry.BLOCK;
    if (file.isFile() && done.put(file, true) != null) {
      return;
    }
    if (isDevice) {
      int slash = path.lastIndexOf('/');
      commands.add("cd " + quoted(slash < 0 ? "" : path.substring(0, slash)));
      commands.add(
          "mknod %s %s %d %d"
              .formatted(
                  word(path.substring(slash + 1)),
                  file.type == TarEntry.CHARACTER ? "c" : "b",
                  file.major,
                  file.minor));
    }
    set(path, "mode", "0%o".formatted(format(file.type) | (file.isLink() ? 0777 : file.mode)));
    set(path, "uid", Integer.toUnsignedString(file.uid));
    set(path, "gid", Integer.toUnsignedString(file.gid));
    file.attributes.forEach((name, value) -> {
      if (KEPT.stream().anyMatch(name::startsWith) && isPlain(name, value)) {
        commands.add("ea_set -f attribute-" + values.size() + " " + quoted(path) + " " + name);
        values.add(value);
      }
    });
  }

  private static boolean isPlain(String name, byte[] value) {
    return value.length > 0
        && value.length <= MAX_ATTRIBUTE
        && name.matches("[a-z]{1,16}\\.[A-Za-z0-9_.-]{1,200}");
  }

  private void set(String path, String field, String value) {
    commands.add("sif " + quoted(path) + " " + field + " " + value);
  }

  /** The file's kind as the kernel numbers it (inode(7)). */
  private static int format(char type) {
    return switch (type) {
      case TarEntry.LINK -> 0120000;
      case TarEntry.CHARACTER -> 0020000;
      case TarEntry.BLOCK -> 0060000;
      case TarEntry.FOLDER -> 0040000;
      case TarEntry.FIFO -> 0010000;
      default -> 0100000;
    };
  }

  private static String quoted(String path) {
    return word("/" + path);
  }

  /** In quotes, in which a quote is doubled; paths hold no ends of lines ({@link RootTree}). */
  private static String word(String text) {
    return "\"" + text.replace("\"", "\"\"") + "\"";
  }
}
