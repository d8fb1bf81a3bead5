package dev.visco.settings;

import dev.visco.model.Cidr;
import dev.visco.model.Durations;
import dev.visco.model.Ipv4;
import dev.visco.model.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds each setting: a flag wins over the environment, that over {@code visco.toml}, that over the
 * default. What nobody knows is refused, wherever it stands.
 */
public final class SettingsReader {
  /**
   * Variables with our prefix that are no settings: the token of a client, and what the launcher
   * says of itself.
   */
  private static final Set<String> OTHER_VARIABLES =
      Set.of("VISCO_TOKEN", "VISCO_HOME", "VISCO_CONFIG");

  private final Path home;
  private final Path configuration;
  private final long hostMemoryMib;

  /**
   * @param home the folder of the program, with {@code types} and {@code images}
   * @param configuration the operator's folder, {@code /etc/visco}
   * @param hostMemoryMib all of the host's memory
   */
  public SettingsReader(Path home, Path configuration, long hostMemoryMib) {
    this.home = home;
    this.configuration = configuration;
    this.hostMemoryMib = hostMemoryMib;
  }

  /**
   * Reads them all.
   *
   * @param flags by {@link Key#path()}
   * @param environment the process's own
   */
  public Settings read(Map<String, String> flags, Map<String, String> environment) {
    var values = new EnumMap<Key, String>(Key.class);
    Path file = configuration.resolve("visco.toml");
    if (Files.exists(file)) {
      values.putAll(known("in " + file, Toml.values(file)));
    }
    values.putAll(fromEnvironment(environment));
    values.putAll(known("after --set", flags));
    return settings(values);
  }

  private static Map<Key, String> known(String where, Map<String, String> values) {
    var known = new EnumMap<Key, String>(Key.class);
    values.forEach((path, value) ->
        known.put(
            Key.ofPath(path)
                .orElseThrow(() ->
                    Refused.invalid(
                        "setting",
                        path,
                        where + " is not known",
                        "Known are " + names(Key::path) + ".")),
            value));
    return known;
  }

  private static Map<Key, String> fromEnvironment(Map<String, String> environment) {
    var byVariable = new HashMap<String, Key>();
    for (Key key : Key.values()) {
      byVariable.put(key.variable(), key);
    }
    var found = new EnumMap<Key, String>(Key.class);
    environment.forEach((variable, value) -> {
      Key key = byVariable.get(variable);
      if (key != null) {
        found.put(key, value);
      } else if (variable.startsWith("VISCO_") && !OTHER_VARIABLES.contains(variable)) {
        throw Refused.invalid(
            "environment variable",
            variable,
            "is not known",
            "Known are " + names(Key::variable) + ".");
      }
    });
    return found;
  }

  private static String names(java.util.function.Function<Key, String> name) {
    return Arrays.stream(Key.values()).map(name).collect(Collectors.joining(", "));
  }

  private Settings settings(Map<Key, String> values) {
    String listen = values.getOrDefault(Key.LISTEN, Key.LISTEN.standard());
    int colon = listen.lastIndexOf(':');
    String nameserver = values.get(Key.NAMESERVER);
    return new Settings(
        data(values.getOrDefault(Key.DATA, Key.DATA.standard())),
        listen.substring(0, Math.max(colon, 0)),
        (int)
            number(
                Key.LISTEN, listen.substring(colon + 1), colon < 1 ? 1 : 0, colon < 1 ? 0 : 65_535),
        Cidr.of(Key.POOL.path(), values.getOrDefault(Key.POOL, Key.POOL.standard())),
        nameserver == null ? null : Ipv4.of(Key.NAMESERVER.path(), nameserver),
        (int) number(Key.SPARE_SLOTS, values, 0, 64, 4),
        (int) number(Key.VMS_PER_USER, values, 1, 4096, 20),
        number(Key.MEMORY_MIB, values, 32, hostMemoryMib, hostMemoryMib * 9 / 10),
        accelerator(values.getOrDefault(Key.ACCELERATOR, Key.ACCELERATOR.standard())),
        Durations.of(
            Key.KEEP_FAILED.path(),
            values.getOrDefault(Key.KEEP_FAILED, Key.KEEP_FAILED.standard())),
        number(Key.CONSOLE_BYTES, values, 65_536, 1L << 32, 4 << 20),
        List.of(home.resolve("types"), configuration.resolve("types")),
        List.of(home.resolve("images"), configuration.resolve("images")));
  }

  private static Path data(String text) {
    Path path = Path.of(text);
    if (!path.isAbsolute()) {
      throw Refused.invalid(
          Key.DATA.path(), text, "is not an absolute path", "Give a path that starts with /.");
    }
    return path.normalize();
  }

  private static String accelerator(String text) {
    if (!Set.of("auto", "tcg", "kvm").contains(text)) {
      throw Refused.invalid(Key.ACCELERATOR.path(), text, "is not known", "Give auto, tcg or kvm.");
    }
    return text;
  }

  private static long number(
      Key key, Map<Key, String> values, long least, long most, long standard) {
    String text = values.get(key);
    return text == null ? standard : number(key, text, least, most);
  }

  private static long number(Key key, String text, long least, long most) {
    if (text.matches("\\d{1,18}")) {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    }
    String remedy =
        key == Key.LISTEN
            ? "Give an address and a port from 0 to 65535, like 127.0.0.1:3000."
            : "Give a whole number from " + least + " to " + most + ".";
    throw Refused.invalid(key.path(), text, "is out of range", remedy);
  }
}
