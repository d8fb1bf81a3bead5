package dev.visco.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;

/** In what one kernel and its initramfs differ from others with which a VM works. */
public final class KernelDifferences {
  private static final int MAX = 12;

  private KernelDifferences() {}

  /**
   * What the other kernel and its initramfs have and these have not, a sentence each.
   *
   * @param works those with which the VM works
   */
  public static List<String> of(KernelFacts fails, KernelFacts works) {
    var found = new ArrayList<String>();
    if (!Objects.equals(fails.release(), works.release())) {
      found.add("kernel " + fails.release() + " instead of " + works.release());
    }
    if (fails.hasInitrd() != works.hasInitrd()) {
      found.add((fails.hasInitrd() ? "an" : "no") + " initramfs");
    }
    new TreeMap<>(works.config())
        .forEach((option, value) -> {
          String here = fails.config().get(option);
          if (here != null && !here.equals(value)) {
            found.add("CONFIG_" + option + "=" + here + " instead of " + value);
          }
        });
    List<String> modules = fails.initrdModules();
    List<String> needed = works.initrdModules();
    if (fails.hasInitrd() && modules != null && needed != null) {
      needed.stream()
          .filter(module -> !modules.contains(module) && !isBuiltIn(module, fails))
          .sorted()
          .forEach(module -> found.add("no module " + module + " in the initramfs"));
    }
    return found.stream().limit(MAX).toList();
  }

  private static boolean isBuiltIn(String module, KernelFacts kernel) {
    return kernel.config().entrySet().stream()
        .anyMatch(option ->
            KernelFacts.module(option.getKey()).equals(module) && option.getValue().equals("y"));
  }
}
