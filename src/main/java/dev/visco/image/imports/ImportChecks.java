package dev.visco.image.imports;

import dev.visco.image.probe.Compression;
import dev.visco.image.probe.InitrdProbe;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.OperatorFile;
import dev.visco.image.probe.RootProbe;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether an operator's kernel, initramfs and root file system fit together, without I/O.
 * Refuses what certainly cannot boot, and lists what is unknown.
 *
 * @param options every option of the kernel's configuration by name, null when it is not known
 * @param force whether what certainly cannot boot is listed instead of refused
 */
record ImportChecks(
    KernelProbe kernel,
    @Nullable Map<String, String> options,
    @Nullable InitrdProbe initrd,
    RootProbe root,
    boolean force) {
  private static final Pattern MADE_FOR =
      Pattern.compile("(?m)^# Linux/(\\S+) ([0-9]+\\.[0-9]+)\\S* Kernel Configuration");

  /** Refuses a text that is not a kernel configuration, or is another kernel's. */
  static void requireConfiguration(String text, Path named, @Nullable String release) {
    if (!Pattern.compile("(?m)^CONFIG_[A-Z0-9_]+=").matcher(text).find()) {
      throw OperatorFile.invalid(
          "kernelConfig",
          named,
          "has no line like CONFIG_VIRTIO_BLK=y and is no kernel configuration",
          "Give the kernel's .config, like /boot/config-….");
    }
    Matcher made = MADE_FOR.matcher(text);
    if (made.find()) {
      boolean isOther =
          release != null && !release.matches(Pattern.quote(made.group(2)) + "([.-].*|$)");
      if (!made.group(1).equals("x86") || isOther) {
        throw OperatorFile.invalid(
            "kernelConfig",
            named,
            "is the configuration of a kernel "
                + made.group(2)
                + " for "
                + made.group(1)
                + (release == null ? "" : ", and this kernel is " + release),
            "Give this kernel's own.");
      }
    }
  }

  /**
   * Refuses what certainly cannot boot, and returns what is unknown and what was overruled, one
   * sentence each.
   */
  List<String> unknown() {
    var unknown = new ArrayList<>(kernel.unknown());
    if (options != null) {
      unknown.removeIf(statement -> statement.startsWith("unknown: the kernel's configuration"));
    }
    if (Boolean.FALSE.equals(kernel.startsUnderQemu())) {
      throw Refused.invalid(
          "kernel",
          kernel.release() == null ? "" : kernel.release(),
          "is an ELF file without a PVH entry, and QEMU cannot start it",
          "Give its bzImage, or a vmlinux built with CONFIG_PVH=y.");
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
    if (readsIp() == null) {
      unknown.add(
          "unknown: who gives the guest its address: the kernel "
              + (options == null ? "may or may not read ip= (IP_PNP)" : "has no IP_PNP")
              + ", so something in the guest must read ip= on the kernel command line");
    }
    unknown.add(
        "unknown: what is in the root file system, which is never mounted: its programs' architecture, its init,"
            + " its services, and whether its sshd takes keys from the VM's seed disk");
    return List.copyOf(unknown);
  }

  /** What reads {@code ip=}: {@code initramfs}, {@code kernel}, or null when that is not known. */
  @Nullable String readsIp() {
    if (initrd != null && initrd.isOurs()) {
      return "initramfs";
    }
    return options != null && is("IP_PNP", "y") ? "kernel" : null;
  }

  private boolean is(String option, String value) {
    return options != null && options.getOrDefault(option, "n").equals(value);
  }

  /** Refuses what no guest can boot with, unless it is forced. */
  private void cannotBoot(List<String> unknown, String value, String reason, String remedy) {
    var refusal =
        new Refusal.Invalid(
            "initrd",
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
      unknown.add(
          "unknown: whether the kernel can mount its root "
              + lacks
              + ": it needs "
              + String.join(", ", needed)
              + " built in");
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
    }
  }
}
