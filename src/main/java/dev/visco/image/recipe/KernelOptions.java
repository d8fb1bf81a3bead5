package dev.visco.image.recipe;

import dev.visco.model.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Options for a kernel: lines {@code CONFIG_NAME=value} or {@code # CONFIG_NAME is not set}, as
 * Linux's own tools write them; other lines that begin with {@code #} say something to people.
 *
 * @param values by name without {@code CONFIG_}; {@code n} for one that shall not be set
 */
record KernelOptions(Map<String, String> values) {
  private static final String NOT_SET = "n";
  private static final Pattern SET =
      Pattern.compile(
          "CONFIG_([A-Z0-9_]{1,100})=(y|-?[0-9]{1,20}|0x[0-9a-f]{1,20}|\"[^\"\\\\]{0,500}\")");
  private static final Pattern UNSET = Pattern.compile("# CONFIG_([A-Z0-9_]{1,100}) is not set");

  /**
   * Without any of these a guest does not come up: its console, its devices, its root disk and its
   * address, which no initramfs sees to.
   */
  private static final List<String> NEEDED =
      List.of(
          "64BIT",
          "DEVTMPFS",
          "DEVTMPFS_MOUNT",
          "EFI_PARTITION",
          "EXT4_FS",
          "IP_PNP",
          "PVH",
          "SERIAL_8250_CONSOLE",
          "TMPFS",
          "UNIX",
          "VIRTIO_BLK",
          "VIRTIO_MMIO",
          "VIRTIO_NET",
          "VIRTIO_PCI");

  KernelOptions {
    values = Map.copyOf(values);
  }

  /** Reads a text; refuses a line that is none. */
  static KernelOptions of(String text) {
    var values = new TreeMap<String, String>();
    for (String line : text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList()) {
      Matcher set = SET.matcher(line);
      Matcher unset = UNSET.matcher(line);
      String former = null;
      if (set.matches()) {
        former = values.put(set.group(1), set.group(2));
      } else if (unset.matches()) {
        former = values.put(unset.group(1), NOT_SET);
      } else if (!line.startsWith("#")) {
        throw Refused.invalid(
            "configuration",
            line,
            "is no line of a kernel's configuration, or a module",
            "Write CONFIG_NAME=y, a number, a text in quotes, or # CONFIG_NAME is not set.");
      }
      if (former != null) {
        throw Refused.invalid("configuration", line, "is there twice", "Leave one out.");
      }
    }
    return new KernelOptions(values);
  }

  /** Those that guests need and that it does not have built in. */
  List<String> missing() {
    return NEEDED.stream()
        .filter(name -> !"y".equals(values.get(name)))
        .map(name -> "CONFIG_" + name)
        .toList();
  }

  /**
   * What a source makes otherwise, each with its value there: an option that it does not know, or
   * that needs another one.
   *
   * @param made the whole configuration that came of it
   */
  List<String> otherwise(String made) {
    Map<String, String> there = KernelPackage.everyOption(made);
    var found = new ArrayList<String>();
    new TreeMap<>(values)
        .forEach((name, value) -> {
          String became = there.getOrDefault(name, NOT_SET);
          if (!became.equals(value)) {
            found.add("CONFIG_" + name + "=" + value + " (" + became + ")");
          }
        });
    return found;
  }
}
