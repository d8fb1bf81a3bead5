package dev.visco.diagnose;

import dev.visco.model.Objection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Objections to a caller's {@code root=}, which replaces the image's own. One that names the same
 * root in another way is none.
 */
final class RootObjections {
  private static final Pattern SCSI_DISK = Pattern.compile("root=/dev/(sd[a-z]+|hd[a-z]+)(\\d*)");
  private static final Pattern PARTITION = Pattern.compile("/dev/vda\\d+");

  private RootObjections() {}

  static Optional<Objection> namedScsi(BootPlan plan) {
    var name = SCSI_DISK.matcher(last(plan.roots()));
    return name.matches()
        ? objection(
            plan,
            "root-named-scsi",
            "Virtio disks are /dev/vda on MMIO and on PCI alike; "
                + name.group(1)
                + " is the name of a SCSI or IDE disk, and there is none.",
            ". By name it would be /dev/vda" + name.group(2) + ".")
        : Optional.empty();
  }

  /** Two that differ: the kernel takes the last one, an initramfs may take the first. */
  static Optional<Objection> several(BootPlan plan) {
    return plan.roots().stream().distinct().count() > 1
        ? objection(
            plan,
            "second-root",
            "There are several root= that differ: "
                + String.join(", ", plan.roots())
                + "; the kernel takes the last one, and an initramfs may take another.",
            ". Give one at most.")
        : Optional.empty();
  }

  /** What was found in the root file system, each by its own rule. */
  static List<Objection> problems(BootPlan plan) {
    return plan.root().problems().stream()
        .map(problem ->
            new Objection(
                problem.rule(), "image", problem.path(), problem.cause(), problem.remedy(), null))
        .toList();
  }

  static Optional<Objection> notOnDisk(BootPlan plan) {
    String root = last(plan.roots()).replaceFirst("^root=", "");
    String why = plan.roots().isEmpty() ? null : whyNotThere(root, plan.root());
    return why == null ? Optional.empty() : objection(plan, "root-not-on-disk", why, ".");
  }

  private static @Nullable String whyNotThere(String root, RootFacts image) {
    if (root.startsWith("PARTUUID=") && !root.contains("/")) {
      return unlike(
          root.substring("PARTUUID=".length()),
          image.partitionUuid(),
          image.isWholeDisk(),
          "the image's root partition has the id ",
          "The image's disk has no partitions, and so none with this id.");
    }
    if (root.startsWith("UUID=")) {
      return unlike(
          root.substring("UUID=".length()),
          image.fileSystemUuid(),
          false,
          "the image's root file system has the id ",
          "");
    }
    if (root.matches("/dev/vdb\\d*")) {
      return "The second disk, vdb, holds the VM's keys and no root file system.";
    }
    if (PARTITION.matcher(root).matches() && image.isWholeDisk()) {
      return "The image's disk has no partitions: its root file system is on /dev/vda itself.";
    }
    return root.equals("/dev/vda") && image.partitionUuid() != null
        ? "The image's disk has partitions, and there is no file system on /dev/vda itself."
        : null;
  }

  private static @Nullable String unlike(
      String asked, @Nullable String there, boolean isNone, String which, String none) {
    if (isNone) {
      return none;
    }
    return there == null || there.equalsIgnoreCase(asked)
        ? null
        : "Nothing on the disk is that: " + which + there + ".";
  }

  /** A kernel without an initramfs knows partitions by id, and file systems by nothing. */
  static Optional<Objection> needsInitramfs(BootPlan plan) {
    String root = last(plan.roots());
    return !plan.kernel().hasInitrd() && root.matches("root=(UUID|LABEL)=.*")
        ? objection(
            plan,
            "root-needs-initramfs",
            "A kernel alone does not find a file system by its id or label; only an initramfs does, and there is none.",
            ", or give an initramfs.")
        : Optional.empty();
  }

  private static Optional<Objection> objection(
      BootPlan plan, String rule, String cause, String more) {
    String own = plan.root().name();
    return Optional.of(
        new Objection(
            rule,
            "bootArgs",
            last(plan.roots()),
            cause,
            "Leave root= out: the image's own is " + own + more,
            "root=" + own));
  }

  private static String last(List<String> roots) {
    return roots.isEmpty() ? "" : roots.getLast();
  }
}
