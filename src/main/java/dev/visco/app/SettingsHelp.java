package dev.visco.app;

import dev.visco.settings.Key;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Adds the list of all settings to a command's help. */
final class SettingsHelp {
  private SettingsHelp() {}

  /** Puts the settings below a command's help, above what stands there already. */
  static void addTo(CommandLine command) {
    var usage = command.getCommandSpec().usageMessage();
    var footer = new ArrayList<>(lines());
    footer.addAll(List.of(usage.footer()));
    usage.footer(footer.toArray(String[]::new));
  }

  private static List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add("");
    lines.add("Settings: --set NAME=VALUE, or the environment variable, or NAME in");
    lines.add("/etc/visco/visco.toml (VISCO_CONFIG names another folder); the first one counts.");
    for (Key key : Key.values()) {
      lines.add("  %-22s %-20s default: %s".formatted(key.path(), key.variable(), key.standard()));
      lines.add("      " + key.meaning());
    }
    // The footer is a format string.
    return lines.stream().map(line -> line.replace("%", "%%")).toList();
  }
}
