package dev.visco.image.recipe;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A distribution's kernel package, unpacked but not installed, or a kernel that was built of its
 * source ({@link BuiltKernels}).
 *
 * @param folder the unpacked package
 * @param version the package and its version, {@code name=version}
 */
public record KernelPackage(Path folder, String release, String version) {
  private static final Pattern IMAGE =
      Pattern.compile("(?m)^Depends:.*?\\b(linux-image-[a-z0-9.+-]+)");

  /** Ubuntu has a kernel's modules and its configuration in a package of their own. */
  private static final Pattern MODULES =
      Pattern.compile("(?m)^Depends:.*?\\b(linux-modules-[a-z0-9.+-]+)");

  private static final Pattern SOURCE =
      Pattern.compile("(?m)^Depends:.*?\\b(linux-source-[a-z0-9.+-]+)");

  private static final Pattern VERSION = Pattern.compile("(?m)^Version: (.+)$");
  private static final Pattern OPTION = Pattern.compile("(?m)^CONFIG_([A-Z0-9_]+)=(.*)$");

  private static final List<String> MATTER =
      List.of(
          "VIRTIO_BLK",
          "VIRTIO_NET",
          "VIRTIO_MMIO",
          "VIRTIO_MMIO_CMDLINE_DEVICES",
          "VIRTIO_PCI",
          "PCI",
          "ACPI",
          "EXT4_FS",
          "XFS_FS",
          "BTRFS_FS",
          "SQUASHFS",
          "EROFS_FS",
          "IP_PNP",
          "BLK_DEV_INITRD",
          "SERIAL_8250_CONSOLE",
          "DEVTMPFS",
          "KVM_GUEST",
          "PVH",
          "EFI_PARTITION",
          "MSDOS_PARTITION",
          "HW_RANDOM_VIRTIO",
          "VIRTIO_VSOCKETS",
          "RD_GZIP",
          "RD_XZ",
          "RD_ZSTD");

  /**
   * Downloads and unpacks a kernel package into {@code folder}, with the package of its modules
   * where they are in one of their own; for a meta package, the kernel that it depends on.
   */
  static KernelPackage download(Host host, String name, Path folder) {
    String shown = show(host, name);
    Matcher real = IMAGE.matcher(shown);
    String image = real.find() ? real.group(1) : name;
    Path root = unpack(host, image, folder.resolve("kernel"));
    String shownImage = real.reset().find() ? show(host, image) : shown;
    Matcher modules = MODULES.matcher(shownImage);
    if (modules.find()) {
      unpack(host, modules.group(1), folder.resolve("kernel"));
    }
    try (var files = Files.newDirectoryStream(root.resolve("boot"), "vmlinuz-*")) {
      for (Path file : files) {
        String release = file.getFileName().toString().substring("vmlinuz-".length());
        return new KernelPackage(root, release, image + "=" + version(shownImage));
      }
    } catch (IOException e) {
      throw new HostFault("cannot read the package " + image, e);
    }
    throw new HostFault("the package " + image + " holds no boot/vmlinuz");
  }

  /** Downloads one package by apt and unpacks it. */
  static Path unpack(Host host, String name, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new HostFault("cannot make " + folder, e);
    }
    host.check(
        Command.of("apt-get", "-q", "download", name)
            .withEnvironment(ChildEnvironment.proxies(System.getenv()))
            .in(folder)
            .within(Duration.ofMinutes(5)));
    Path root = folder.resolve("root");
    try (var packages = Files.newDirectoryStream(folder, "*.deb")) {
      for (Path file : packages) {
        host.check(
            Command.of("dpkg-deb", "-x", file.toString(), root.toString())
                .within(Duration.ofMinutes(5)));
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new HostFault("cannot unpack the package " + name, e);
    }
    return root;
  }

  private static String show(Host host, String name) {
    return host.check(Command.of("apt-cache", "show", "--no-all-versions", name)).output();
  }

  /**
   * A package of a kernel's source with its version, {@code name=version}; for a meta package, the
   * one that it depends on.
   */
  static String sourceVersion(Host host, String name) {
    String shown = show(host, name);
    Matcher real = SOURCE.matcher(shown);
    if (real.find()) {
      return real.group(1) + "=" + version(show(host, real.group(1)));
    }
    return name + "=" + version(shown);
  }

  static String version(String shown) {
    Matcher version = VERSION.matcher(shown);
    return version.find() ? version.group(1) : "unknown";
  }

  Path kernel() {
    return folder.resolve("boot/vmlinuz-" + release);
  }

  /** The kernel configuration in the package. */
  public String configuration() {
    try {
      return Files.readString(folder.resolve("boot/config-" + release));
    } catch (IOException e) {
      throw new HostFault("the kernel's package holds no configuration", e);
    }
  }

  /** The modules' folder: below {@code /usr} where a release has merged the two. */
  Path modules() {
    Path merged = folder.resolve("usr/lib/modules").resolve(release);
    return Files.isDirectory(merged) ? merged : folder.resolve("lib/modules").resolve(release);
  }

  /** All options of a kernel configuration, by name without {@code CONFIG_}. */
  public static Map<String, String> everyOption(String configuration) {
    var found = new TreeMap<String, String>();
    Matcher line = OPTION.matcher(configuration);
    while (line.find()) {
      found.put(line.group(1), line.group(2).strip());
    }
    return found;
  }

  /** The options that decide whether a guest can boot; {@code n} for those that are not set. */
  public static Map<String, String> thatMatter(Map<String, String> options) {
    var found = new TreeMap<String, String>();
    MATTER.forEach(option -> found.put(option, options.getOrDefault(option, "n")));
    return found;
  }
}
