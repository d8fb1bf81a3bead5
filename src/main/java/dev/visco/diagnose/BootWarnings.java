package dev.visco.diagnose;

import java.util.ArrayList;
import java.util.List;

/** What a caller's boot arguments repeat or make harder to explain, without keeping a boot back. */
public final class BootWarnings {
  private BootWarnings() {}

  /**
   * The warnings about these arguments, a sentence or two each; none for arguments that are fine.
   *
   * @param bootArgs the caller's boot arguments
   */
  public static List<String> of(List<String> bootArgs, RootFacts image) {
    var found = new ArrayList<String>();
    for (String word : bootArgs) {
      if (word.startsWith("root=")) {
        found.add(
            isOwn(word.substring("root=".length()), image)
                ? word + " is what the image says already. Leave it out."
                : word + " takes the place of the image's own root=" + image.name() + ".");
      }
    }
    if (bootArgs.contains("rootwait")) {
      found.add(
          "rootwait is not needed, virtio disks are there before root is mounted; with it, a root that never appears is a silent hang.");
    }
    return found;
  }

  private static boolean isOwn(String root, RootFacts image) {
    return root.equals(image.name())
        || root.equalsIgnoreCase("PARTUUID=" + image.partitionUuid())
        || root.equalsIgnoreCase("UUID=" + image.fileSystemUuid());
  }
}
