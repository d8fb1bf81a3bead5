package dev.visco.image.oci;

/** Visits all of a tree, each folder before what is in it, without recursion deeper than paths. */
final class TreeWalk {
  private TreeWalk() {}

  /** Is told of each name but the root's. */
  interface Visitor<E extends Exception> {
    /**
     * @param path without a slash before it, like {@code etc/passwd}
     */
    void at(String path, TreeNode node) throws E;
  }

  static <E extends Exception> void of(TreeNode root, Visitor<E> visitor) throws E {
    of(root, "", visitor);
  }

  private static <E extends Exception> void of(TreeNode folder, String path, Visitor<E> visitor)
      throws E {
    for (var child : folder.inside().entrySet()) {
      String below = path.isEmpty() ? child.getKey() : path + "/" + child.getKey();
      visitor.at(below, child.getValue());
      of(child.getValue(), below, visitor);
    }
  }
}
