package dev.visco.image.oci;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The root file system that an image's layers make together (OCI image specification, layer.md). It
 * exists in memory alone: links are followed within it, so that no path leads out of it.
 */
final class RootTree {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  /** The maximum number of links that the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private final OciLimits limits;
  private final TreeNode root = TreeNode.folder(0, 0);

  RootTree(OciLimits limits) {
    this.limits = limits;
  }

  TreeNode root() {
    return root;
  }

  /**
   * Applies one file of a layer.
   *
   * @param layer the layer's number; those below have smaller ones
   * @param number of the file in its layer
   */
  void apply(TarEntry entry, int layer, int number) {
    List<String> parts = parts(entry.name());
    if (parts.isEmpty()) {
      if (entry.type() == TarEntry.FOLDER) {
        root.describe(entry, layer);
      }
      return;
    }
    String name = parts.getLast();
    List<String> above = parts.subList(0, parts.size() - 1);
    if (name.startsWith(WHITEOUT)) {
      find(above, entry.name())
          .filter(TreeNode::isFolder)
          .ifPresent(folder -> hide(folder, name, layer));
      return;
    }
    put(makeFolder(above, entry, layer), name, entry, layer, number);
  }

  private void put(TreeNode folder, String name, TarEntry entry, int layer, int number) {
    Map<String, TreeNode> siblings = children(folder);
    TreeNode there = siblings.get(name);
    if (entry.type() == TarEntry.FOLDER && there != null && there.isFolder()) {
      there.describe(entry, layer);
      return;
    }
    if (entry.type() == TarEntry.LINK
        && (entry.link().isEmpty() || bytes(entry.link()) > OciLimits.MAX_PATH)) {
      throw OciRefusal.layer(entry.name(), "is a link to nothing, or to a path that is too long");
    }
    siblings.put(
        name,
        entry.type() == TarEntry.HARD_LINK
            ? new TreeNode(linked(entry), layer)
            : new TreeNode(entry, layer, number));
  }

  /** What a hard link leads to, which must be there already. */
  private TreeNode linked(TarEntry entry) {
    TreeNode found =
        find(parts(entry.link()), entry.name())
            .orElseThrow(() ->
                OciRefusal.layer(
                    entry.name(), "is a hard link to " + entry.link() + ", which is not there"));
    if (found.isFolder()) {
      throw OciRefusal.layer(entry.name(), "is a hard link to the folder " + entry.link());
    }
    return found;
  }

  private static void hide(TreeNode folder, String whiteout, int layer) {
    if (whiteout.equals(OPAQUE)) {
      hideAll(folder, layer);
      return;
    }
    String name = whiteout.substring(WHITEOUT.length());
    TreeNode there = folder.inside().get(name);
    if (there != null && isGone(there, layer)) {
      children(folder).remove(name);
    }
  }

  private static void hideAll(TreeNode folder, int layer) {
    if (folder.hiddenBy != layer) {
      folder.hiddenBy = layer;
      children(folder).values().removeIf(child -> isGone(child, layer));
    }
  }

  /** Whether nothing of a name is left once all is hidden that lower layers have there. */
  private static boolean isGone(TreeNode node, int layer) {
    if (node.isFolder()) {
      hideAll(node, layer);
      return node.layer < layer && node.inside().isEmpty();
    }
    return node.layer < layer;
  }

  private static TreeMap<String, TreeNode> children(TreeNode folder) {
    return Objects.requireNonNull(folder.children, "a folder");
  }

  /** The folder at a path, links followed; made with those above it where it is missing. */
  private TreeNode makeFolder(List<String> path, TarEntry entry, int layer) {
    Deque<TreeNode> way = walk(path, entry.name(), entry.seconds(), layer);
    TreeNode found = way.peek();
    if (found == null || !found.isFolder()) {
      throw OciRefusal.layer(entry.name(), "lies in what is no folder");
    }
    return found;
  }

  /** What is at a path, links followed except the last name's; empty when there is nothing. */
  private Optional<TreeNode> find(List<String> path, String named) {
    if (path.isEmpty()) {
      return Optional.of(root);
    }
    Deque<TreeNode> way = walk(path.subList(0, path.size() - 1), named, 0, -1);
    return Optional.ofNullable(way.peek()).map(folder -> folder.inside().get(path.getLast()));
  }

  /** What is at a path of the image, all links followed. */
  Optional<TreeNode> find(String path) {
    return Optional.ofNullable(walk(parts(path), path, 0, -1).peek());
  }

  /**
   * The nodes on the way to a path, its own first; none when it is not there.
   *
   * @param layer the layer that makes missing folders, -1 to make none
   */
  private Deque<TreeNode> walk(List<String> path, String named, long seconds, int layer) {
    var ahead = new ArrayDeque<>(path);
    Deque<TreeNode> way = new ArrayDeque<>();
    way.push(root);
    int links = 0;
    while (!ahead.isEmpty()) {
      String part = ahead.pop();
      if (part.equals("..")) {
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      TreeNode at = way.element();
      TreeNode next = at.inside().get(part);
      if (next == null && layer >= 0 && at.isFolder()) {
        if (way.size() > limits.maxDepth()) {
          throw tooDeep(named);
        }
        next = TreeNode.folder(layer, seconds);
        children(at).put(part, next);
      }
      if (next == null) {
        return new ArrayDeque<>();
      }
      if (next.isLink()) {
        if (++links > MAX_LINKS) {
          throw OciRefusal.layer(named, "leads through more than " + MAX_LINKS + " links");
        }
        follow(next, way, ahead);
      } else {
        way.push(next);
      }
    }
    return way;
  }

  private void follow(TreeNode link, Deque<TreeNode> way, Deque<String> ahead) {
    if (link.link.startsWith("/")) {
      way.clear();
      way.push(root);
    }
    Arrays.stream(link.link.split("/", -1))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList()
        .reversed()
        .forEach(ahead::push);
  }

  /** The parts of a path in a layer; refuses one that leads out of the root or is too long. */
  private List<String> parts(String path) {
    var parts = new ArrayList<String>();
    if (bytes(path) > OciLimits.MAX_PATH) {
      throw OciRefusal.layer(path, "is a path of more than " + OciLimits.MAX_PATH + " bytes");
    }
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        throw OciRefusal.layer(path, "leads out of the root file system");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        checkName(path, part);
        parts.add(part);
      }
    }
    if (parts.size() > limits.maxDepth()) {
      throw tooDeep(path);
    }
    return parts;
  }

  private static void checkName(String path, String name) {
    if (bytes(name) > OciLimits.MAX_NAME) {
      throw OciRefusal.layer(path, "has a name of more than " + OciLimits.MAX_NAME + " bytes");
    }
    if (name.chars().anyMatch(one -> one < ' ' || one == 0x7f)) {
      throw OciRefusal.of(
          path, "has a control character in its name", "Rename the file, and build it anew.");
    }
  }

  private Refused tooDeep(String path) {
    return OciRefusal.layer(path, "lies deeper than " + limits.maxDepth() + " folders");
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
