package dev.visco.image.probe;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel's folder of modules, {@code /lib/modules/RELEASE}, tells of its drivers: {@code
 * modules.builtin} lists those that are built in and could be modules, {@code modules.dep} the
 * modules (Linux, Documentation/kbuild/kbuild.rst).
 *
 * @param builtIn names of drivers, null where the file is not there
 * @param modules names of modules, null where the file is not there
 */
public record KernelModules(@Nullable Set<String> builtIn, @Nullable Set<String> modules) {
  /** The drivers that a VM needs or may need, by option. */
  private static final Map<String, String> DRIVERS =
      Map.ofEntries(
          Map.entry("VIRTIO_BLK", "virtio_blk"),
          Map.entry("VIRTIO_NET", "virtio_net"),
          Map.entry("VIRTIO_PCI", "virtio_pci"),
          Map.entry("VIRTIO_MMIO", "virtio_mmio"),
          Map.entry("EXT4_FS", "ext4"),
          Map.entry("XFS_FS", "xfs"),
          Map.entry("BTRFS_FS", "btrfs"),
          Map.entry("SQUASHFS", "squashfs"),
          Map.entry("EROFS_FS", "erofs"),
          Map.entry("HW_RANDOM_VIRTIO", "virtio_rng"),
          Map.entry("VIRTIO_VSOCKETS", "vmw_vsock_virtio_transport"));

  /** Of the texts of the two files, null where one is not there. */
  public static KernelModules of(@Nullable String builtInText, @Nullable String modulesText) {
    return new KernelModules(names(builtInText), names(modulesText));
  }

  private static @Nullable Set<String> names(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    var found = new TreeSet<String>();
    text.lines()
        .map(line -> line.split(":", 2)[0].strip())
        .map(ModuleFile::name)
        .flatMap(Optional::stream)
        .forEach(found::add);
    return found;
  }

  /** Options with the value {@code y}, {@code m}, {@code n} or {@code m or n}, as far as known. */
  public Map<String, String> options() {
    var found = new TreeMap<String, String>();
    DRIVERS.forEach((option, driver) -> {
      if (builtIn != null && builtIn.contains(driver)) {
        found.put(option, "y");
      } else if (modules != null && modules.contains(driver)) {
        found.put(option, "m");
      } else if (builtIn != null) {
        found.put(option, modules == null ? dev.visco.image.Manifest.NOT_BUILT_IN : "n");
      }
    });
    return found;
  }

  /** Those of the drivers that are modules; null when the modules are not known. */
  public @Nullable Set<String> drivers() {
    if (modules == null) {
      return null;
    }
    var found = new TreeSet<>(modules);
    found.retainAll(DRIVERS.values());
    return found;
  }
}
