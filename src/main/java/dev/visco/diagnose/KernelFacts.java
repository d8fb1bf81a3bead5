package dev.visco.diagnose;

import com.fasterxml.jackson.annotation.JsonAlias;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a kernel and its initramfs without running them. In evidence of earlier
 * versions {@code minMemoryMib} is called {@code leastMemoryMib}.
 *
 * @param release like {@code 6.1.0-56-cloud-amd64}, null when it could not be read
 * @param config options without {@code CONFIG_}, with the value {@code y}, {@code m}, {@code n} or
 *     {@value #NOT_BUILT_IN}; a missing option is not known
 * @param hasInitrd whether there is an initramfs at all
 * @param initrdModules names of the modules in it, null when that could not be read
 * @param initrdRelease the kernel release that those modules were built for, null when not known
 * @param initrdReadsIp whether it applies {@code ip=}; null when not known
 * @param minMemoryMib memory below which the kernel cannot unpack itself; 0 when not known
 * @param rootModules names of the drivers that the root file system has as modules for this kernel;
 *     null when that is not known
 */
public record KernelFacts(
    @Nullable String release,
    Map<String, String> config,
    boolean hasInitrd,
    @Nullable List<String> initrdModules,
    @Nullable String initrdRelease,
    @Nullable Boolean initrdReadsIp,
    @JsonAlias("leastMemoryMib") int minMemoryMib,
    @Nullable List<String> rootModules) {
  /** The value of an option that is a module or missing; which of the two is not known. */
  public static final String NOT_BUILT_IN = "m or n";

  /**
   * Modules that prove an option not to be built in: what selects or depends on a module is never
   * built in (Linux, Documentation/kbuild/kconfig-language.rst, "m limits to m").
   */
  private static final Map<String, List<String>> PROOFS =
      Map.of(
          "VIRTIO_BLK", List.of("virtio", "virtio_ring"),
          "VIRTIO_NET", List.of("virtio", "virtio_ring"),
          "VIRTIO_PCI", List.of("virtio", "virtio_ring"),
          "VIRTIO_MMIO", List.of("virtio", "virtio_ring"),
          "EXT4_FS", List.of("jbd2"));

  public KernelFacts {
    config = Map.copyOf(config);
    initrdModules = initrdModules == null ? null : List.copyOf(initrdModules);
    rootModules = rootModules == null ? null : List.copyOf(rootModules);
  }

  /** A kernel of whose modules in the root file system nothing is known. */
  public KernelFacts(
      @Nullable String release,
      Map<String, String> config,
      boolean hasInitrd,
      @Nullable List<String> initrdModules,
      @Nullable String initrdRelease,
      @Nullable Boolean initrdReadsIp,
      int minMemoryMib) {
    this(
        release,
        config,
        hasInitrd,
        initrdModules,
        initrdRelease,
        initrdReadsIp,
        minMemoryMib,
        null);
  }

  /** Whether this option is known to have this value. */
  public boolean is(String option, String value) {
    return value.equals(config.get(option));
  }

  /** Whether a driver is certainly missing when the root disk is needed. */
  boolean lacks(String option, String module) {
    return switch (value(option, module)) {
      case "n" -> true;
      case "m", NOT_BUILT_IN ->
          !hasInitrd || (initrdModules != null && !initrdModules.contains(module));
      default -> false;
    };
  }

  /** Whether a driver is certainly a module. */
  boolean isModule(String option, String module) {
    return value(option, module).equals("m");
  }

  /**
   * An option's value by the configuration, or else by the modules in the initramfs; empty when not
   * known.
   */
  private String value(String option, String module) {
    String known = config.get(option);
    if (known != null || initrdModules == null || areOfAnotherKernel()) {
      return known == null ? "" : known;
    }
    if (initrdModules.contains(module)) {
      return "m";
    }
    return PROOFS.getOrDefault(option, List.of()).stream().anyMatch(initrdModules::contains)
        ? NOT_BUILT_IN
        : "";
  }

  /** Whether the modules in the initramfs were built for another kernel. */
  boolean areOfAnotherKernel() {
    return release != null && initrdRelease != null && !release.equals(initrdRelease);
  }

  /** The option with its value, for people. */
  String option(String option) {
    String known = value(option, module(option));
    if (known.equals(NOT_BUILT_IN)) {
      return "CONFIG_" + option + " is not built in";
    }
    return "CONFIG_" + option + "=" + (known.isEmpty() ? "(not known)" : known);
  }

  /** The module that an option builds. */
  static String module(String option) {
    return option.toLowerCase(Locale.ROOT).replaceFirst("_fs$", "");
  }

  /** Why a driver that is {@linkplain #lacks missing} is not there, for people. */
  String whyMissing(String option) {
    String value = value(option, module(option));
    if (value.equals("n")) {
      return "the kernel was built without it";
    }
    String how = value.equals("m") ? "it is a module" : "it is not built into the kernel";
    return how
        + (hasInitrd ? ", and the initramfs does not hold it" : ", and there is no initramfs");
  }
}
