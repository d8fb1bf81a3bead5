package dev.visco.compatible;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Kernel arguments that a guest bears on Firecracker and not on QEMU's microvm, which has ACPI and
 * an I/O APIC and no older interrupt controller: with these its kernel has no timer, or no
 * interrupts of its devices. Tools for Firecracker give them by default.
 */
final class UnbearableArguments {
  private static final Set<String> WORDS = Set.of("noapic", "acpi=off");

  /** What follows it is init's. */
  private static final String OF_INIT = " -- ";

  private UnbearableArguments() {}

  /** Those on a command line, in its order. */
  static List<String> in(String commandLine) {
    return Arrays.stream(ofKernel(commandLine).split(" ", -1)).filter(WORDS::contains).toList();
  }

  /** The command line without them. */
  static String without(String commandLine) {
    String kernels = ofKernel(commandLine);
    return Arrays.stream(kernels.split(" ", -1))
            .filter(word -> !WORDS.contains(word))
            .collect(Collectors.joining(" "))
        + commandLine.substring(kernels.length());
  }

  private static String ofKernel(String commandLine) {
    int end = commandLine.indexOf(OF_INIT);
    return end < 0 ? commandLine : commandLine.substring(0, end);
  }
}
