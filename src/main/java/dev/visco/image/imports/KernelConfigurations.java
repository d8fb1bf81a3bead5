package dev.visco.image.imports;

import dev.visco.host.Host;
import dev.visco.image.probe.ImageFile;
import dev.visco.image.probe.KernelModules;
import dev.visco.image.probe.OperatorFile;
import dev.visco.image.probe.RootProbe;
import dev.visco.image.recipe.KernelPackage;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A kernel's configuration where distributions keep it: {@code config-RELEASE}, beside the kernel
 * or in the image's {@code /boot}. One that is another kernel's is left out.
 */
final class KernelConfigurations {
  private static final Pattern MADE_FOR =
      Pattern.compile("(?m)^# Linux/(\\S+) ([0-9]+\\.[0-9]+)\\S* Kernel Configuration");

  private static final int MAX_BYTES = 4 << 20;

  private KernelConfigurations() {}

  /**
   * The options in the file beside a kernel; null when there is none.
   *
   * @param release null when not known
   */
  static @Nullable Map<String, String> beside(Path kernel, @Nullable String release) {
    if (isUnusable(release)) {
      return null;
    }
    for (Path file :
        List.of(
            kernel.resolveSibling("config-" + release),
            // As Fedora has it, where the kernel is among its modules.
            modules(kernel, release).resolve("config"))) {
      String text = text(file);
      Map<String, String> options = text == null ? null : options(text, file, release);
      if (options != null) {
        return options;
      }
    }
    return null;
  }

  /** What the folder of a kernel's modules tells, where the kernel lies as in a root. */
  static KernelModules modulesBeside(Path kernel, @Nullable String release) {
    if (isUnusable(release)) {
      return KernelModules.of(null, null);
    }
    Path folder = modules(kernel, release);
    return KernelModules.of(
        text(folder.resolve("modules.builtin")), text(folder.resolve("modules.dep")));
  }

  /**
   * The folder that the kernel is in where it is one of modules, or the one beside {@code /boot},
   * which need not exist. Any other folder may have a file {@code config} of whatever it is for.
   */
  private static Path modules(Path kernel, @Nullable String release) {
    Path folder = kernel.resolveSibling(".").normalize();
    boolean isOfModules =
        folder.endsWith(String.valueOf(release)) || Files.exists(folder.resolve("modules.builtin"));
    return isOfModules ? folder : kernel.resolveSibling("../lib/modules/" + release).normalize();
  }

  private static @Nullable String text(Path file) {
    try {
      return Files.isRegularFile(file) && Files.size(file) <= MAX_BYTES
          ? Files.readString(file, StandardCharsets.ISO_8859_1)
          : null;
    } catch (IOException e) {
      return null; // It cannot be read, or has just gone: as if it were not there.
    }
  }

  /** The options in the file in a disk's {@code /boot} or beside its modules; null for none. */
  static @Nullable Map<String, String> inImage(
      Host host, Path disk, RootProbe root, @Nullable String release) {
    if (isUnusable(release)) {
      return null;
    }
    for (String path :
        List.of(
            "/boot/config-" + release,
            "/usr/lib/modules/" + release + "/config",
            "/lib/modules/" + release + "/config")) {
      Optional<String> text = ImageFile.text(host, disk, root, path, MAX_BYTES);
      Map<String, String> options =
          text.isEmpty() ? null : options(text.get(), Path.of(path), release);
      if (options != null) {
        return options;
      }
    }
    return null;
  }

  private static boolean isUnusable(@Nullable String release) {
    return release == null || !release.matches("[A-Za-z0-9._+-]+");
  }

  private static @Nullable Map<String, String> options(
      String text, Path file, @Nullable String release) {
    try {
      require(text, file, release);
      return KernelPackage.everyOption(text);
    } catch (Refused e) {
      return null;
    }
  }

  /** Refuses a text that is not a kernel configuration, or is another kernel's. */
  static void require(String text, Path named, @Nullable String release) {
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
}
