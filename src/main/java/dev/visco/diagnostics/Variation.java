package dev.visco.diagnostics;

import dev.visco.diagnose.Experiment.ExperimentChange;
import dev.visco.image.Image;
import dev.visco.model.KernelSpec.KernelParts;
import dev.visco.model.MachineOptions;
import dev.visco.model.Transport;
import dev.visco.model.VmSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One change applied to a copy of a failed VM. */
record Variation(ExperimentChange change, UnaryOperator<VmSpec> apply) {
  /** Enough for any kernel and a small userland. */
  private static final int MIN_MEMORY_MIB = 512;

  /** The change to Visco's own kernel and initramfs. */
  static final String KERNEL = "kernel";

  /**
   * All variations that make a difference for this VM.
   *
   * @param ownKernel an image whose kernel and initramfs were built by Visco; null when there is
   *     none or the VM uses them already
   */
  static List<Variation> of(VmSpec spec, Image image, @Nullable Image ownKernel) {
    var found = new ArrayList<Variation>();
    Transport now = spec.machine().transport();
    Transport other = now == Transport.PCI ? Transport.MMIO : Transport.PCI;
    found.add(
        new Variation(
            new ExperimentChange(
                "transport", "transport " + other.word() + " instead of " + now.word()),
            copy -> copy.with(copy.machine().with(other))));
    withoutArguments(spec, "root=", "root", "root=" + image.manifest().root())
        .ifPresent(found::add);
    if (ownKernel != null) {
      found.add(
          new Variation(
              new ExperimentChange(KERNEL, "Visco's own kernel and initramfs"),
              copy -> copy.with(copy.kernel().with(ownKernel.digest(), KernelParts.BOTH))));
    }
    int memory = Math.max(MIN_MEMORY_MIB, 2 * spec.machine().memoryMib());
    found.add(
        new Variation(
            new ExperimentChange(
                "memory", memory + " MiB of memory instead of " + spec.machine().memoryMib()),
            copy -> copy.with(copy.machine().sized(copy.machine().vcpus(), memory))));
    withoutOthers(spec).ifPresent(found::add);
    found.add(
        new Variation(
            new ExperimentChange("ip", "no ip= on the command line"),
            copy ->
                copy.with(copy.kernel().with(without(bootArgs(copy), "ip=")).withoutAddress())));
    if (!spec.release().equals(VmSpec.QEMU)) {
      found.add(
          new Variation(
              new ExperimentChange("vmm", "QEMU instead of release " + spec.release()),
              // QEMU may not support the other VMM's options.
              copy -> copy.on(VmSpec.QEMU).with(copy.machine().with(MachineOptions.NONE))));
    }
    found.add(
        new Variation(
            new ExperimentChange(
                "verbose", "every kernel message on the console (ignore_loglevel)"),
            copy -> {
              var words = new ArrayList<>(bootArgs(copy));
              words.add("ignore_loglevel");
              return copy.with(copy.kernel().with(words));
            }));
    return found;
  }

  /**
   * What tells apart whether the kernel or the initramfs is at fault: each one alone is Visco's
   * own. None where they cannot be mixed, since modules fit one kernel only.
   */
  static List<Variation> partsOf(Image image, Image own) {
    String release = image.manifest().kernelRelease();
    boolean canMix =
        image.initrd() != null
            && own.initrd() != null
            && release != null
            && release.equals(own.manifest().kernelRelease());
    return canMix
        ? List.of(
            part(own, KernelParts.INITRAMFS, "Visco's own initramfs alone"),
            part(own, KernelParts.KERNEL, "Visco's own kernel alone"))
        : List.of();
  }

  private static Variation part(Image own, KernelParts parts, String text) {
    return new Variation(
        new ExperimentChange(parts.name().toLowerCase(Locale.ROOT) + "-alone", text),
        copy -> copy.with(copy.kernel().with(own.digest(), parts)));
  }

  private static List<String> bootArgs(VmSpec spec) {
    return spec.kernel().bootArgs();
  }

  /** The copy without the caller's arguments that start so; empty if there are none. */
  private static Optional<Variation> withoutArguments(
      VmSpec spec, String start, String name, String instead) {
    if (bootArgs(spec).stream().noneMatch(word -> word.startsWith(start))) {
      return Optional.empty();
    }
    return Optional.of(
        new Variation(
            new ExperimentChange(name, "the image's own " + instead),
            copy -> copy.with(copy.kernel().with(without(bootArgs(copy), start)))));
  }

  /** The copy without the caller's other boot arguments; empty if there are none. */
  private static Optional<Variation> withoutOthers(VmSpec spec) {
    List<String> others =
        bootArgs(spec).stream()
            .filter(word -> !word.startsWith("root=") && !word.startsWith("ip="))
            .toList();
    if (others.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Variation(
            new ExperimentChange("boot-args", "without " + String.join(" ", others)),
            copy -> {
              var words = new ArrayList<>(bootArgs(copy));
              words.removeAll(others);
              return copy.with(copy.kernel().with(words));
            }));
  }

  private static List<String> without(List<String> words, String start) {
    return words.stream().filter(word -> !word.startsWith(start)).toList();
  }
}
