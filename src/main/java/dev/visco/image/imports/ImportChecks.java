package dev.visco.image.imports;

import dev.visco.image.DiskFacts;
import dev.visco.image.OverlayDisk;
import dev.visco.image.RootContents;
import dev.visco.image.probe.BtrfsSubvolumes;
import dev.visco.image.probe.Compression;
import dev.visco.image.probe.InitrdProbe;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.RootInspection;
import dev.visco.image.probe.RootProbe;
import dev.visco.model.GuestText;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.RootProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether an operator's kernel, initramfs and root file system fit together, without I/O.
 * Refuses what certainly cannot boot, and lists what is unknown.
 *
 * @param options every option of the kernel's configuration by name, null when it is not known
 * @param disk what is known of a whole disk, null for a root file system of the operator's
 * @param inspection of the root file system, null before it was looked into
 * @param subvolumes of a btrfs, null for others and when they are not known
 * @param force whether what certainly cannot boot is listed instead of refused
 */
record ImportChecks(
    KernelProbe kernel,
    @Nullable Map<String, String> options,
    @Nullable InitrdProbe initrd,
    RootProbe root,
    @Nullable DiskFacts disk,
    @Nullable RootInspection inspection,
    @Nullable BtrfsSubvolumes subvolumes,
    boolean force) {

  /**
   * Refuses what certainly cannot boot, and returns what is unknown and what was overruled, one
   * sentence each.
   */
  List<String> unknown() {
    var unknown = new ArrayList<>(kernel.unknown());
    if (options != null) {
      unknown.removeIf(statement -> statement.startsWith(KernelProbe.NO_CONFIGURATION));
    }
    if (Boolean.FALSE.equals(kernel.startsUnderQemu())) {
      unknown.add(
          "limited: the kernel is an ELF file without a PVH entry: Firecracker can start it, and QEMU cannot");
    }
    if (initrd == null || !initrd.hasInit()) {
      withoutInitramfs(unknown);
    } else {
      withInitramfs(initrd, unknown);
    }
    if (initrd != null) {
      unknown.addAll(initrd.unknown());
    }
    unknown.addAll(root.unknown());
    if (readsIp() == null && !hasCloudInit()) {
      unknown.add(
          "unknown: who gives the guest its address: the kernel "
              + (isIpKnown() ? "has no IP_PNP" : "may or may not read ip= (IP_PNP)")
              + ", so something in the guest must read ip= on the kernel command line");
    }
    contents(unknown);
    readOnly(unknown);
    if (root.type().equals("btrfs") && (subvolumes == null || subvolumes.isUnclear())) {
      unknown.add(
          "unknown: which subvolume is the root"
              + (subvolumes == null ? "" : " (there are " + shown(subvolumes.names()) + ")")
              + ": where it is not the default one, VMs need the boot argument rootflags=subvol=NAME");
    }
    return List.copyOf(unknown);
  }

  /** Who lays the overlay over a root that cannot be written to. */
  private void readOnly(List<String> unknown) {
    if (!root.isReadOnly() || initrd != null && initrd.hasOverlayRoot()) {
      return;
    }
    if (initrd != null && initrd.isOurs()) {
      cannotBoot(
          unknown,
          root.type(),
          "is the root file system, which an initramfs of an earlier version lays no overlay over",
          "Build the image anew that it belongs to.");
      return;
    }
    unknown.add(
        "unknown: who lays an overlay over the root file system ("
            + root.type()
            + "), which cannot be written to: each VM has a disk for it with the label "
            + OverlayDisk.LABEL
            + " and gets the boot argument overlayroot=, which the package overlayroot in an initramfs of initramfs-tools reads");
  }

  private static String shown(List<String> names) {
    return GuestText.line(String.join(", ", names.subList(0, Math.min(8, names.size())))).value();
  }

  /** The value of {@code rootflags=}, null for none. */
  @Nullable String rootFlags() {
    String name = subvolumes == null ? null : subvolumes.root();
    return name == null ? null : "subvol=" + name;
  }

  /** What is known of the root file system's contents. */
  private void contents(List<String> unknown) {
    if (hasCloudInit()) {
      unknown.add(
          "unknown: whether cloud-init, which is installed, is enabled and takes the VM's name, address and keys from its seed disk (NoCloud)");
    }
    damages(unknown);
    RootContents found = inspection == null ? null : inspection.contents();
    if (inspection == null || found == null) {
      if (!hasCloudInit()) {
        unknown.add(
            "unknown: what is in the root file system ("
                + root.type()
                + "), which is never mounted: its programs' architecture, its init,"
                + " its services, and whether its sshd takes keys from the VM's seed disk"
                + whyNot());
      }
      return;
    }
    for (RootProblem problem : found.problems()) {
      boolean isOfVolumes = problem.rule().equals(RootInspection.FSTAB);
      if (isOfVolumes) {
        unknown.add("warning: " + problem.cause());
      } else {
        cannotBoot(
            unknown,
            field(),
            problem.path(),
            "cannot work: " + withoutStop(problem),
            problem.remedy());
      }
    }
    found.notices().forEach(notice -> unknown.add("warning: " + notice));
    networkDriver(found, unknown);
    if (!hasCloudInit() && found.sshd() != null && !inspection.takesSeedKeys()) {
      unknown.add(
          "unknown: whether its sshd takes keys from the VM's seed disk: the configuration of "
              + found.sshd()
              + " does not say so");
    }
    if (!inspection.unclear().isEmpty()) {
      unknown.add("unknown: a part of the root file system: " + inspection.unclear().getFirst());
    }
  }

  private String whyNot() {
    return inspection == null || inspection.unclear().isEmpty()
        ? ""
        : ": " + inspection.unclear().getFirst();
  }

  private void damages(List<String> unknown) {
    if (inspection != null && !inspection.damages().isEmpty()) {
      cannotBoot(
          unknown,
          field(),
          root.type(),
          "is damaged: " + inspection.damages().getFirst(),
          root.isExt() ? "Copy it again, or mend it: e2fsck -f." : "Copy it again.");
    }
  }

  /** The field of the request that the root file system came by. */
  private String field() {
    return disk == null ? "rootfs" : "disk";
  }

  private static String withoutStop(RootProblem problem) {
    return problem.cause().replaceFirst("\\.$", "");
  }

  /** The driver may be loaded by the root file system, too. */
  private void networkDriver(RootContents found, List<String> unknown) {
    List<String> inInitrd = initrd == null ? List.of() : initrd.modules();
    boolean isMissing =
        value("VIRTIO_NET").filter(value -> !value.equals("y")).isPresent()
            && inInitrd != null
            && !inInitrd.contains("virtio_net")
            && found.modules() != null
            && !found.modules().contains("virtio_net");
    if (isMissing) {
      cannotBoot(
          unknown,
          "kernel",
          kernel.release() + "",
          "has no driver for the network card: virtio_net is not built in, and neither in the initramfs nor in /lib/modules of the root file system",
          "Install the kernel's modules into the root file system, or give another kernel.");
    }
  }

  /** The value of an option as far as it is known. */
  private Optional<String> value(String option) {
    return options == null
        ? Optional.ofNullable(kernel.builtIn().get(option))
        : Optional.of(options.getOrDefault(option, "n"));
  }

  /** Whether the guest gets its address and keys by cloud-init. */
  boolean hasCloudInit() {
    return disk != null && disk.hasCloudInit();
  }

  /** What reads {@code ip=}: {@code initramfs}, {@code kernel}, or null when that is not known. */
  @Nullable String readsIp() {
    if (initrd != null && initrd.isOurs()) {
      return "initramfs";
    }
    boolean isBuiltIn =
        options == null ? "y".equals(kernel.builtIn().get("IP_PNP")) : is("IP_PNP", "y");
    return isBuiltIn ? "kernel" : null;
  }

  private boolean isIpKnown() {
    return options != null || kernel.builtIn().containsKey("IP_PNP");
  }

  private boolean is(String option, String value) {
    return options != null && options.getOrDefault(option, "n").equals(value);
  }

  /** Refuses what no guest can boot with, unless it is forced. */
  private void cannotBoot(List<String> unknown, String value, String reason, String remedy) {
    cannotBoot(unknown, "initrd", value, reason, remedy);
  }

  private void cannotBoot(
      List<String> unknown, String field, String value, String reason, String remedy) {
    var refusal =
        new Refusal.Invalid(
            field,
            value,
            reason,
            remedy + " To import it all the same, overrule this: --force (the API's force: true).");
    if (!force) {
      throw new Refused(refusal);
    }
    unknown.add("overruled: " + refusal.detail());
  }

  private void withoutInitramfs(List<String> unknown) {
    String lacks = initrd == null ? "without an initramfs" : "with an initramfs that has no init";
    var needed = new ArrayList<>(List.of("VIRTIO_BLK", root.kernelOption()));
    if (root.partition() > 0) {
      needed.add("gpt".equals(root.table()) ? "EFI_PARTITION" : "MSDOS_PARTITION");
    }
    if (options == null) {
      needed.stream()
          .filter(option -> !kernel.builtIn().getOrDefault(option, "y").equals("y"))
          .forEach(option ->
              cannotBoot(
                  unknown,
                  "",
                  "is missing: the kernel has not built in "
                      + option
                      + " and cannot mount its root "
                      + lacks,
                  "Give the initramfs that belongs to this kernel."));
      needed.removeIf(kernel.builtIn()::containsKey);
    }
    if (options == null && !needed.isEmpty()) {
      unknown.add(
          "unknown: whether the kernel can mount its root "
              + lacks
              + ": it needs "
              + String.join(", ", needed)
              + " built in");
    }
    if (options == null) {
      return;
    }
    for (String option : needed) {
      if (!is(option, "y")) {
        cannotBoot(
            unknown,
            "",
            "is missing: the kernel has "
                + option
                + "="
                + options.getOrDefault(option, "n")
                + " and cannot mount its root "
                + lacks,
            is(option, "m")
                ? "Give the initramfs that belongs to this kernel."
                : "Give a kernel with CONFIG_" + option + "=y.");
      }
    }
  }

  private void withInitramfs(InitrdProbe initrd, List<String> unknown) {
    RootProblem fault = initrd.initFault();
    if (fault != null) {
      cannotBoot(unknown, fault.path(), "cannot work: " + withoutStop(fault), fault.remedy());
    }
    if (options != null) {
      var needed = new ArrayList<>(List.of("BLK_DEV_INITRD"));
      initrd.packed().stream()
          .flatMap(name -> Compression.valueOf(name).initramfsOption().stream())
          .forEach(needed::add);
      for (String option : needed) {
        if (!is(option, "y")) {
          cannotBoot(
              unknown,
              String.join(", ", initrd.packed()),
              "cannot be used by this kernel, which has no CONFIG_" + option,
              "Pack it in another way, or give a kernel with it.");
        }
      }
    }
    String release = kernel.release();
    boolean areOthers =
        release != null
            && !initrd.moduleReleases().isEmpty()
            && !initrd.moduleReleases().contains(release);
    if (areOthers) {
      String found = String.join(", ", initrd.moduleReleases());
      if (options != null && !is("VIRTIO_BLK", "y")) {
        cannotBoot(
            unknown,
            found,
            "is the release that its modules were made for, and the kernel is " + release,
            "Give the initramfs that belongs to this kernel.");
        return;
      }
      unknown.add(
          "unknown: whether the initramfs finds the disk: its modules are for "
              + found
              + " and cannot be loaded into "
              + release);
      return;
    }
    drivers(initrd, unknown);
  }

  /** The drivers of the root disk and of its file system are built in, or in the initramfs. */
  private void drivers(InitrdProbe initrd, List<String> unknown) {
    List<String> modules = initrd.modules();
    if (modules == null) {
      return;
    }
    String fileSystem = root.isExt() ? "ext4" : root.type();
    for (var needed :
        Map.of("VIRTIO_BLK", "virtio_blk", root.kernelOption(), fileSystem).entrySet()) {
      Optional<String> value = value(needed.getKey()).filter(it -> !it.equals("y"));
      if (value.isPresent() && !modules.contains(needed.getValue())) {
        cannotBoot(
            unknown,
            needed.getValue(),
            "is not in it, and the kernel has not built it in ("
                + needed.getKey()
                + "="
                + value.get()
                + "): the root disk cannot be mounted",
            "Make the initramfs anew with this module in it.");
      }
    }
  }
}
