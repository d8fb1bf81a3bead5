package dev.visco.image;

import dev.visco.image.recipe.Recipe;
import dev.visco.image.recipe.Tool;
import dev.visco.image.recipe.ToolsDisk;
import dev.visco.model.Digest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tools of an image. Those from npm are on a disk of their own, which all its VMs read.
 *
 * @param disk the SHA-256 of that disk's file; null when all are packages of the distribution
 * @param identity of the tools on the disk, by which another image finds it; null without one
 * @param fileSystemUuid by which guests find the disk; null without one
 * @param path where guests mount it; null without one
 * @param list each of them
 */
public record ToolsInside(
    @Nullable Digest disk,
    @Nullable Digest identity,
    @Nullable String fileSystemUuid,
    @Nullable String path,
    List<InstalledTool> list) {
  public ToolsInside {
    list = List.copyOf(list);
  }

  /**
   * A tool.
   *
   * @param version of its package from npm; null when it is packages of the distribution
   * @param programs the names by which its programs are called; empty when they are the packages'
   * @param packages of the distribution, with their versions: {@code gh=2.23.0+dfsg1-1}
   */
  public record InstalledTool(
      String name, @Nullable String version, List<String> programs, List<String> packages) {}

  /**
   * @param installed all packages of the image, with their versions
   * @param digest of the disk
   */
  static @Nullable ToolsInside of(
      Recipe recipe,
      List<String> installed,
      ToolsDisk.@Nullable Made disk,
      @Nullable Digest digest) {
    var list = new ArrayList<InstalledTool>();
    for (Tool tool : recipe.toolList()) {
      list.add(
          new InstalledTool(
              tool.name(),
              tool.version(),
              List.copyOf(tool.programPaths().keySet()),
              installed.stream()
                  .filter(one -> tool.packageList().contains(one.replaceFirst("=.*", "")))
                  .toList()));
    }
    return list.isEmpty()
        ? null
        : new ToolsInside(
            digest,
            disk == null ? null : disk.identity(),
            disk == null ? null : disk.fileSystemUuid(),
            disk == null ? null : ToolsDisk.MOUNTED_AT,
            list);
  }
}
