package dev.visco.image.probe;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the lines of a guest's network configuration that give the interface an address, in the
 * text of a file. A guest has one interface, called {@code eth0} by the kernel, or {@code en…} once
 * udev has renamed it.
 */
final class NetworkFiles {
  private static final Pattern IFACE =
      Pattern.compile("iface\\s+(\\S+)\\s+inet\\s+(dhcp|static)\\b.*");
  private static final Set<String> NO_DHCP =
      Set.of("", "no", "n", "false", "f", "off", "0", "none", "ipv6", "v6");
  private static final Pattern KEY =
      Pattern.compile("( *)(?:- +)?[\"']?([A-Za-z0-9_.*-]+)[\"']?:(?: +(.*))?");
  private static final Pattern ITEM = Pattern.compile(" *- +[\"']?([0-9]+\\.[0-9.]+/[0-9]+).*");
  private static final String INLINE_NAMESERVERS = "\\bnameservers[\"']?: *\\{[^}]*}";
  private static final Pattern INLINE_DHCP =
      Pattern.compile("\\bdhcp4[\"']?: *[\"']?(yes|y|true|on)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern INLINE_ADDRESS =
      Pattern.compile("\\baddresses[\"']?: *\\[ *[\"']?[0-9]+\\.[0-9]");

  private NetworkFiles() {}

  /** {@code interfaces(5)} of ifupdown: its {@code iface … inet dhcp} and {@code static} lines. */
  static List<String> ifupdown(String text) {
    var found = new ArrayList<String>();
    for (String line : text.replace("\\\n", " ").lines().map(String::strip).toList()) {
      Matcher iface = IFACE.matcher(line);
      if (iface.matches() && isGuests(iface.group(1).replaceFirst("^/", ""))) {
        found.add(line);
      }
    }
    return found;
  }

  /**
   * {@code systemd.network(5)}: {@code DHCP=} and {@code Address=} of files that match the
   * interface.
   */
  static List<String> networkd(String text) {
    var found = new ArrayList<String>();
    boolean matches = true;
    String section = "";
    for (String line : text.replace("\\\n", " ").lines().map(String::strip).toList()) {
      int equals = line.indexOf('=');
      if (line.startsWith("[")) {
        section = line;
      } else if (equals > 0 && !line.startsWith("#") && !line.startsWith(";")) {
        String key = line.substring(0, equals).strip();
        String value = line.substring(equals + 1).strip();
        if (section.equals("[Match]")) {
          matches &= matches(key, value);
        } else if (section.equals("[Network]") && key.equals("DHCP")) {
          found.removeIf(earlier -> earlier.startsWith("DHCP="));
          if (!NO_DHCP.contains(value.toLowerCase(Locale.ROOT))) {
            found.add("DHCP=" + value);
          }
        } else if (section.matches("\\[(Network|Address)]")
            && key.equals("Address")
            && value.matches("[0-9]+\\.[0-9].*")) {
          found.add("Address=" + value);
        }
      }
    }
    return matches ? found : List.of();
  }

  /** Whether a condition of {@code [Match]} may match a guest's interface. */
  private static boolean matches(String key, String value) {
    return switch (key) {
      case "Name", "OriginalName" -> oneOf(value, NetworkFiles::isGuests);
      case "Driver" -> oneOf(value, glob -> isMatch(glob, "virtio_net"));
      case "Type" -> oneOf(value, glob -> isMatch(glob, "ether"));
      case "Virtualization" ->
          !value.matches(
              "container|no|false|off|0|!vm|!kvm|!qemu|docker|lxc.*|systemd-nspawn|podman|wsl");
      // Another kind of interface, or another MAC.
      case "Kind", "WLANInterfaceType", "SSID", "BSSID", "MACAddress", "PermanentMACAddress" ->
          false;
      default -> true;
    };
  }

  /** Tests a list of globs; an exclamation mark before the first one negates them all. */
  private static boolean oneOf(String value, Predicate<String> test) {
    boolean isNot = value.startsWith("!");
    boolean isAny =
        Arrays.stream(value.substring(isNot ? 1 : 0).strip().split("\\s+")).anyMatch(test);
    return isNot != isAny;
  }

  private static boolean isGuests(String glob) {
    return glob.startsWith("en") || isMatch(glob, "eth0") || isMatch(glob, "ens3");
  }

  /** Matches a shell's glob; a range is taken for any character. */
  private static boolean isMatch(String glob, String name) {
    var expression = new StringBuilder();
    Matcher part = Pattern.compile("\\*+|\\?|\\[[^\\]]*]|[^*?\\[]+|\\[").matcher(glob);
    while (part.find()) {
      String text = part.group();
      expression.append(
          text.startsWith("*")
              ? ".*"
              : text.equals("?") || text.length() > 2 && text.startsWith("[")
                  ? "."
                  : Pattern.quote(text));
    }
    return name.matches(expression.toString());
  }

  private record YamlKey(int indent, String name) {}

  /** {@code netplan-yaml}: {@code dhcp4} and {@code addresses} below {@code ethernets}. */
  static List<String> netplan(String text) {
    var found = new ArrayList<String>();
    var path = new ArrayDeque<YamlKey>();
    for (String line : text.lines().map(NetworkFiles::withoutComment).toList()) {
      Matcher key = KEY.matcher(line);
      Matcher item = ITEM.matcher(line);
      if (key.matches()) {
        int indent = key.group(1).length();
        while (!path.isEmpty() && path.getLast().indent() >= indent) {
          path.removeLast();
        }
        path.addLast(new YamlKey(indent, key.group(2)));
        String value = key.group(3) == null ? "" : key.group(3).strip();
        if (isBelowEthernets(path) && gives(key.group(2), value)) {
          found.add(line.strip());
        }
      } else if (item.matches()
          && isBelowEthernets(path)
          && path.getLast().name().equals("addresses")) {
        found.add("addresses: " + item.group(1));
      }
    }
    return found;
  }

  private static String withoutComment(String line) {
    int mark = line.startsWith("#") ? 0 : line.indexOf(" #");
    return mark < 0 ? line : line.substring(0, mark);
  }

  private static boolean isBelowEthernets(ArrayDeque<YamlKey> path) {
    List<String> names = path.stream().map(YamlKey::name).toList();
    return names.contains("ethernets") && !names.contains("nameservers");
  }

  private static boolean gives(String key, String value) {
    String whole = key + ": " + value;
    return INLINE_DHCP.matcher(whole).find()
        || INLINE_ADDRESS.matcher(whole.replaceAll(INLINE_NAMESERVERS, "")).find();
  }
}
