package dev.visco.verify;

import dev.visco.model.VolumeMount;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether a guest has mounted a volume.
 *
 * @param name what its owner calls it
 * @param path where the guest was told to mount it
 * @param evidence what it is mounted as, or why it is not, as far as that is known
 */
public record MountedVolume(String name, String path, boolean mounted, String evidence) {
  /** What the disk of tools is called among a VM's volumes. */
  private static final String TOOLS = "tools";

  /**
   * Of a VM's volumes, in their order.
   *
   * @param guest what the guest said of itself ({@link GuestQuestions}); null when it did not
   * @param console what it has printed, where our images say why they cannot mount one
   */
  public static List<MountedVolume> of(
      List<VolumeMount> mounts, @Nullable Map<String, String> guest, String console) {
    var found = new ArrayList<MountedVolume>();
    Map<String, String> flags = flags(guest == null ? "" : guest.getOrDefault("mounts", ""));
    for (VolumeMount mount : mounts) {
      String path = mount.path().value();
      String as = flags.get(path);
      found.add(
          new MountedVolume(
              mount.name().value(),
              path,
              as != null,
              as != null
                  ? "mounted " + as
                  : guest == null
                      ? "the guest could not be asked"
                      : why(mount.volume().toString(), path, console)));
    }
    return found;
  }

  /**
   * The same of the disk of tools that all VMs of an image read.
   *
   * @param path where the guest mounts it
   */
  public static MountedVolume tools(
      String path, @Nullable Map<String, String> guest, String console) {
    String as = flags(guest == null ? "" : guest.getOrDefault("mounts", "")).get(path);
    return new MountedVolume(
        TOOLS,
        path,
        as != null,
        as != null
            ? "mounted " + as
            : guest == null ? "the guest could not be asked" : why(TOOLS, path, console));
  }

  /** Options by path, from {@code PATH:rw PATH:ro}. */
  private static Map<String, String> flags(String mounts) {
    var flags = new HashMap<String, String>();
    Arrays.stream(mounts.split(" ", -1))
        .map(word -> word.split(":", 2))
        .filter(words -> words.length == 2)
        .forEach(words -> flags.put(words[0], words[1]));
    return flags;
  }

  private static String why(String volume, String path, String console) {
    String line = "visco: volume " + volume + " is not mounted at " + path + ": ";
    return new ConsoleText(console)
        .containing(line)
        .map(said -> said.substring(said.indexOf(line) + line.length()).strip())
        .orElse("nothing is mounted there; an image of your own mounts it by its label");
  }
}
