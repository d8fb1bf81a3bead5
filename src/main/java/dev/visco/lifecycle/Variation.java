package dev.visco.lifecycle;

import dev.visco.diagnose.Experiment.Change;
import dev.visco.image.Image;
import dev.visco.model.MachineOptions;
import dev.visco.model.Transport;
import dev.visco.model.VmSpec;
import dev.visco.model.VmSpec.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One thing that a copy of a failed VM is made different in. */
record Variation(Change change, UnaryOperator<VmSpec> apply) {
  /** Enough for any kernel and a small userland. */
  private static final int MIN_MEMORY_MIB = 512;

  /**
   * All that make a difference for this VM.
   *
   * @param ownKernel the image whose kernel and initramfs are Visco's own; null when there is none,
   *     or the VM has them already
   */
  static List<Variation> of(VmSpec spec, Image image, @Nullable Image ownKernel) {
    var found = new ArrayList<Variation>();
    Transport other = spec.transport() == Transport.PCI ? Transport.MMIO : Transport.PCI;
    found.add(
        new Variation(
            new Change(
                "transport",
                "transport " + other.word() + " instead of " + spec.transport().word()),
            now -> with(now, other, now.memoryMib(), now.bootArgs(), trial(now))));
    withoutArguments(spec, "root=", "root", "root=" + image.manifest().root())
        .ifPresent(found::add);
    if (ownKernel != null) {
      found.add(
          new Variation(
              new Change("kernel", "Visco's own kernel and initramfs"),
              now ->
                  with(
                      now,
                      now.transport(),
                      now.memoryMib(),
                      now.bootArgs(),
                      new Trial(trial(now).of(), ownKernel.digest(), trial(now).hasAddress()))));
    }
    int memory = Math.max(MIN_MEMORY_MIB, 2 * spec.memoryMib());
    found.add(
        new Variation(
            new Change("memory", memory + " MiB of memory instead of " + spec.memoryMib()),
            now -> with(now, now.transport(), memory, now.bootArgs(), trial(now))));
    withoutOthers(spec).ifPresent(found::add);
    found.add(
        new Variation(
            new Change("ip", "no ip= on the command line"),
            now ->
                with(
                    now,
                    now.transport(),
                    now.memoryMib(),
                    without(now.bootArgs(), "ip="),
                    new Trial(trial(now).of(), trial(now).kernelOf(), false))));
    if (!spec.release().equals(VmSpec.QEMU)) {
      found.add(
          new Variation(
              new Change("vmm", "QEMU instead of release " + spec.release()),
              // It may lack what the other can give.
              now -> now.on(VmSpec.QEMU).with(MachineOptions.NONE)));
    }
    found.add(
        new Variation(
            new Change("verbose", "every kernel message on the console (ignore_loglevel)"),
            now -> {
              var words = new ArrayList<>(now.bootArgs());
              words.add("ignore_loglevel");
              return with(now, now.transport(), now.memoryMib(), words, trial(now));
            }));
    return found;
  }

  /** Present when the caller gave such an argument. */
  private static Optional<Variation> withoutArguments(
      VmSpec spec, String start, String name, String instead) {
    if (spec.bootArgs().stream().noneMatch(word -> word.startsWith(start))) {
      return Optional.empty();
    }
    return Optional.of(
        new Variation(
            new Change(name, "the image's own " + instead),
            now ->
                with(
                    now,
                    now.transport(),
                    now.memoryMib(),
                    without(now.bootArgs(), start),
                    trial(now))));
  }

  /** The caller's other boot arguments at once. */
  private static Optional<Variation> withoutOthers(VmSpec spec) {
    List<String> others =
        spec.bootArgs().stream()
            .filter(word -> !word.startsWith("root=") && !word.startsWith("ip="))
            .toList();
    if (others.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Variation(
            new Change("boot-args", "without " + String.join(" ", others)),
            now -> {
              var words = new ArrayList<>(now.bootArgs());
              words.removeAll(others);
              return with(now, now.transport(), now.memoryMib(), words, trial(now));
            }));
  }

  private static List<String> without(List<String> words, String start) {
    return words.stream().filter(word -> !word.startsWith(start)).toList();
  }

  private static Trial trial(VmSpec spec) {
    Trial trial = spec.trial();
    if (trial == null) {
      throw new IllegalStateException("only copies are varied");
    }
    return trial;
  }

  private static VmSpec with(
      VmSpec spec, Transport transport, int memoryMib, List<String> bootArgs, Trial trial) {
    return new VmSpec(
        spec.user(),
        spec.type(),
        spec.image(),
        transport,
        spec.vcpus(),
        memoryMib,
        bootArgs,
        spec.timeToLive(),
        spec.deadline(),
        spec.overruled(),
        spec.release(),
        spec.options(),
        trial);
  }
}
