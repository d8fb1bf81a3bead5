package dev.visco.diagnose;

import com.fasterxml.jackson.annotation.JsonAlias;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a kernel and its initramfs without running them. In evidence of earlier
 * versions {@code minMemoryMib} is called {@code leastMemoryMib}.
 *
 * @param release like {@code 6.1.0-56-cloud-amd64}, null when it could not be read
 * @param config options without {@code CONFIG_}, with the value {@code y}, {@code m} or {@code n};
 *     a missing option is not known
 * @param hasInitrd whether there is an initramfs at all
 * @param initrdModules names of the modules in it, null when that could not be read
 * @param initrdRelease the kernel release that those modules were built for, null when not known
 * @param initrdReadsIp whether it applies {@code ip=}; null when not known
 * @param minMemoryMib memory below which the kernel cannot unpack itself; 0 when not known
 */
public record KernelFacts(
    @Nullable String release,
    Map<String, String> config,
    boolean hasInitrd,
    @Nullable List<String> initrdModules,
    @Nullable String initrdRelease,
    @Nullable Boolean initrdReadsIp,
    @JsonAlias("leastMemoryMib") int minMemoryMib) {
  public KernelFacts {
    config = Map.copyOf(config);
    initrdModules = initrdModules == null ? null : List.copyOf(initrdModules);
  }

  /** Whether this option is known to have this value. */
  public boolean is(String option, String value) {
    return value.equals(config.get(option));
  }

  /** Whether a driver is certainly missing when the root disk is needed. */
  boolean lacks(String option, String module) {
    return switch (config.getOrDefault(option, "")) {
      case "n" -> true;
      case "m" -> !hasInitrd || (initrdModules != null && !initrdModules.contains(module));
      default -> false;
    };
  }

  /** The option with its value, for people. */
  String option(String option) {
    return "CONFIG_" + option + "=" + config.getOrDefault(option, "(not known)");
  }
}
