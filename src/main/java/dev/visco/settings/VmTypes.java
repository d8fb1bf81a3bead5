package dev.visco.settings;

import dev.visco.model.Durations;
import dev.visco.model.MachineOptions;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.VmType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The VM types that the operator offers: one {@code NAME.toml} each. */
public final class VmTypes {
  private static final Set<String> KEYS =
      Set.of("image", "vcpus", "memory-mib", "transport", "deadline");

  private VmTypes() {}

  /** Reads every type of these folders, by name; of two with one name the later folder's counts. */
  public static SequencedMap<String, VmType> read(List<Path> folders) {
    var types = new TreeMap<String, VmType>();
    for (Path folder : folders) {
      for (Path file : files(folder)) {
        VmType type = type(file);
        types.put(type.name(), type);
      }
    }
    return types;
  }

  private static List<Path> files(Path folder) {
    var files = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (var found = Files.newDirectoryStream(folder, "*.toml")) {
        // What begins with a dot is an editor's, half written.
        found.forEach(file -> {
          if (!file.getFileName().toString().startsWith(".")) {
            files.add(file);
          }
        });
      } catch (IOException e) {
        throw Refused.invalid(
            "folder", folder.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
      }
    }
    return files;
  }

  private static VmType type(Path file) {
    var values = Toml.values(file);
    for (String key : values.keySet()) {
      if (!KEYS.contains(key)) {
        throw Refused.invalid(
            "key",
            key,
            "in " + file + " is not known",
            "Known are " + String.join(", ", new TreeSet<>(KEYS)) + ".");
      }
    }
    String name = file.getFileName().toString().replaceFirst("\\.toml$", "");
    try {
      return new VmType(
          name,
          value(file, values, "image"),
          whole(file, values, "vcpus"),
          whole(file, values, "memory-mib"),
          Transport.of(value(file, values, "transport")),
          Durations.of("deadline", value(file, values, "deadline")),
          MachineOptions.NONE);
    } catch (Refused e) {
      throw in(file, e);
    }
  }

  /** The same refusal, and which file it is about. */
  private static Refused in(Path file, Refused e) {
    return e.refusal() instanceof Refusal.Invalid it && !it.reason().contains(file.toString())
        ? Refused.invalid(it.field(), it.value(), "in " + file + " " + it.reason(), it.remedy())
        : e;
  }

  private static String value(Path file, SequencedMap<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw Refused.invalid("key", key, "is missing in " + file, "Add it.");
    }
    return value;
  }

  private static int whole(Path file, SequencedMap<String, String> values, String key) {
    String value = value(file, values, key);
    if (!value.matches("\\d{1,9}")) {
      throw Refused.invalid(
          key, value, "in " + file + " is not a whole number", "Give a whole number.");
    }
    return Integer.parseInt(value);
  }
}
