package dev.visco.image.probe;

import dev.visco.model.RootProblem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What {@code /etc/fstab} wants mounted and a VM does not have (fstab(5)). */
final class FstabEntries {
  /** The preflight's rule. */
  static final String RULE = "fstab-not-on-disk";

  private static final Set<String> OPTIONAL = Set.of("nofail", "noauto", "x-systemd.automount");

  private FstabEntries() {}

  /** The entries whose device is not on the disk, and without which systemd starts no services. */
  static List<RootProblem> problems(String text, DiskNames disk) {
    var found = new ArrayList<RootProblem>();
    for (String line : text.lines().map(String::strip).toList()) {
      String[] fields = line.split("\\s+");
      if (line.startsWith("#") || fields.length < 3) {
        continue;
      }
      List<String> options = Arrays.asList((fields.length > 3 ? fields[3] : "").split(","));
      // Root is mounted already, and swap is waited for by nobody.
      boolean isNeeded =
          fields[1].startsWith("/")
              && !fields[1].equals("/")
              && !fields[2].equals("swap")
              && options.stream().noneMatch(OPTIONAL::contains);
      if (isNeeded && disk.lacks(fields[0])) {
        found.add(problem(fields[0], fields[1]));
      }
    }
    return found;
  }

  private static RootProblem problem(String device, String folder) {
    String shown = ReadableLine.of(device);
    return new RootProblem(
        RULE,
        "/etc/fstab",
        "/etc/fstab mounts "
            + shown
            + " on "
            + ReadableLine.of(folder)
            + ", and the image's disk has none of that name: systemd waits for it for 90 s, and then starts no services.",
        "Take that line out of the image's /etc/fstab, or add the option nofail to it; where a volume is to be mounted there, create the VM with it.");
  }
}
