package dev.visco.settings;

import dev.visco.model.Cidr;
import dev.visco.model.DiskReserve;
import dev.visco.model.Durations;
import dev.visco.model.ImageRegistry;
import dev.visco.model.Ipv4;
import dev.visco.model.Life;
import dev.visco.model.NetworkBounds;
import dev.visco.model.NetworkProbe;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads all settings: a flag takes precedence over the environment, the environment over {@code
 * visco.toml}, and that over the default. Unknown settings are refused in each of them.
 */
public final class SettingsReader {
  /**
   * Variables with the prefix that are not settings: a client's token, and what the launcher passes
   * on.
   */
  private static final Set<String> OTHER_VARIABLES =
      Set.of(
          "VISCO_TOKEN",
          "VISCO_HOST",
          "VISCO_CONTEXT",
          "VISCO_CA",
          "VISCO_HOME",
          "VISCO_CONFIG",
          // The folder of test files that cannot be in the repository.
          "VISCO_FIRECRACKER",
          "VISCO_JAILER");

  /** A host name, or an IPv4 or IPv6 address; whether it is this host's is checked later. */
  private static final Pattern LISTEN_HOST =
      Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[?[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,15})?]?");

  /** It is part of rows and logs, and so a short word. */
  private static final Pattern HOST_NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?");

  private final Path home;
  private final Path configuration;
  private final long hostMemoryMib;

  /**
   * @param home the folder of the program, with {@code types}, {@code providers} and {@code images}
   * @param configuration the operator's folder, {@code /etc/visco}
   * @param hostMemoryMib the host's memory
   */
  public SettingsReader(Path home, Path configuration, long hostMemoryMib) {
    this.home = home;
    this.configuration = configuration;
    this.hostMemoryMib = hostMemoryMib;
  }

  /**
   * Reads all settings.
   *
   * @param flags by {@link Key#path()}
   * @param environment that of this process
   */
  public Settings read(Map<String, String> flags, Map<String, String> environment) {
    return settings(given(flags, environment), environment);
  }

  /** The settings that the operator set, unchecked; unknown ones are refused. */
  public Map<Key, GivenSetting> given(Map<String, String> flags, Map<String, String> environment) {
    var given = new EnumMap<Key, GivenSetting>(Key.class);
    Path file = configuration.resolve("visco.toml");
    if (Files.exists(file)) {
      given.putAll(known("in " + file, Toml.values(file)));
    }
    given.putAll(fromEnvironment(environment));
    given.putAll(known("after --set", flags));
    return given;
  }

  private static Map<Key, GivenSetting> known(String where, Map<String, String> values) {
    var known = new EnumMap<Key, GivenSetting>(Key.class);
    values.forEach((path, value) ->
        known.put(
            Key.ofPath(path)
                .orElseThrow(() ->
                    Refused.invalid(
                        "setting",
                        path,
                        where + " is not known",
                        "Known are " + names(Key::path) + ".")),
            new GivenSetting(value, ofFlag(path, where))));
    return known;
  }

  /** Two settings have flags of their own. */
  private static String ofFlag(String path, String where) {
    return where.equals("after --set") && Set.of("data", "listen").contains(path)
        ? "after --" + path
        : where;
  }

  private static Map<Key, GivenSetting> fromEnvironment(Map<String, String> environment) {
    var byVariable = new HashMap<String, Key>();
    for (Key key : Key.values()) {
      byVariable.put(key.variable(), key);
    }
    var found = new EnumMap<Key, GivenSetting>(Key.class);
    environment.forEach((variable, value) -> {
      Key key = byVariable.get(variable);
      if (key != null) {
        found.put(key, new GivenSetting(value, "in the environment variable " + variable));
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

  private static String names(Function<Key, String> name) {
    return Arrays.stream(Key.values()).map(name).collect(Collectors.joining(", "));
  }

  private Settings settings(Map<Key, GivenSetting> given, Map<String, String> environment) {
    Listen listen = value(given, Key.LISTEN, SettingsReader::listen, listen(Key.LISTEN.standard()));
    return new Settings(
        value(given, Key.DATA, SettingsReader::data, Path.of(Key.DATA.standard())),
        value(given, Key.HOST_NAME, SettingsReader::hostName, null),
        listen.host(),
        listen.port(),
        value(given, Key.HOSTS, SettingsReader::hosts, Set.of()),
        value(given, Key.PUBLIC_URL, PublicUrl::of, null),
        TlsFiles.of(given),
        new WebOrigins(
            value(
                given, Key.CORS_ORIGINS, text -> WebOrigins.list(Key.CORS_ORIGINS, text), Set.of()),
            value(
                given,
                Key.DESKTOP_ORIGINS,
                text -> WebOrigins.list(Key.DESKTOP_ORIGINS, text),
                Set.of())),
        value(given, Key.LINKS_URL, PublicUrl::above, null),
        (int) number(given, Key.CONNECTIONS, 16, 65_536, 2048),
        (int) number(given, Key.STREAMS, 1, 65_536, 1024),
        (int) number(given, Key.REQUESTS, 0, 100_000, 200),
        (int) number(given, Key.FAILURES, 0, 100_000, 60),
        oidc(given),
        value(given, Key.POOL, SettingsReader::pool, pool(Key.POOL.standard())),
        value(given, Key.NAMESERVER, text -> Ipv4.of(Key.NAMESERVER.path(), text), null),
        new NetworkBounds(
            (int) number(given, Key.GUEST_CONNECTIONS, 64, 65_536, 1024),
            (int) number(given, Key.GUEST_NEW_CONNECTIONS, 1, 100_000, 100),
            (int) number(given, Key.GUEST_QUERIES, 1, 100_000, 100)),
        value(
            given,
            Key.NETWORK_PROBE,
            text -> NetworkProbe.of(Key.NETWORK_PROBE.path(), text),
            new NetworkProbe.Nameserver()),
        (int) number(given, Key.SPARE_SLOTS, 0, 64, 4),
        (int) number(given, Key.VMS_PER_USER, 1, 4096, 20),
        number(given, Key.MEMORY_MIB, 32, hostMemoryMib, hostMemoryMib * 9 / 10),
        number(given, Key.DISK_MIB, 256, 1L << 40, 0),
        number(given, Key.DISK_MIB_PER_USER, 256, 1L << 40, 0),
        value(
            given,
            Key.DISK_RESERVE,
            text -> DiskReserve.of(Key.DISK_RESERVE.path(), text),
            DiskReserve.STANDARD),
        value(
            given,
            Key.IMAGE_REGISTRY,
            text -> ImageRegistry.of(Key.IMAGE_REGISTRY.path(), text),
            null),
        value(given, Key.ACCELERATOR, SettingsReader::accelerator, "auto"),
        (int) number(given, Key.ROLLBACK_AFTER, 0, 1000, 3),
        value(
            given,
            Key.KEEP_FAILED,
            text -> Durations.of(Key.KEEP_FAILED.path(), text),
            Duration.ofHours(24)),
        value(
            given,
            Key.ARCHIVE_AFTER,
            text -> Life.archiveAfter(Key.ARCHIVE_AFTER.path(), text),
            Life.FOREVER),
        number(given, Key.CONSOLE_BYTES, 65_536, 1L << 32, 4 << 20),
        (int) number(given, Key.STORE_COPIES, 1, 1000, 24),
        new Settings.RetentionSettings(
            time(given, Key.RETAIN_VMS),
            time(given, Key.RETAIN_EVENTS),
            time(given, Key.RETAIN_VIEWS),
            time(given, Key.RETAIN_ADDRESSES),
            time(given, Key.RETAIN_AUDIT),
            time(given, Key.RETAIN_LOST)),
        value(given, Key.WEBHOOK_NETWORKS, text -> networks(Key.WEBHOOK_NETWORKS, text), List.of()),
        new Settings.PromptSettings(
            (int) number(given, Key.PROMPTS_PER_VM, 1, 64, 4),
            value(
                given,
                Key.PROMPTS_KEPT,
                text -> Durations.of(Key.PROMPTS_KEPT.path(), text),
                Duration.ofDays(7))),
        new Settings.SignInSettings(
            value(given, Key.SIGN_IN_TYPE, text -> text, "browser-tools"),
            (int) number(given, Key.SIGN_IN_PER_USER, 1, 16, 2),
            time(given, Key.SIGN_IN_IDLE),
            time(given, Key.SIGN_IN_MAX_TIME)),
        new Settings.CredentialSettings(
            value(
                given, Key.CREDENTIALS_READ_BACK, SettingsReader::readBack, Duration.ofMinutes(5)),
            time(given, Key.CREDENTIALS_CHECK)),
        value(given, Key.EGRESS_NETWORKS, text -> networks(Key.EGRESS_NETWORKS, text), List.of()),
        value(
            given, Key.EGRESS_CA_FILE, text -> VaultSettings.file(Key.EGRESS_CA_FILE, text), null),
        VaultSettings.of(
            value(
                given,
                Key.VAULT_KEY_FILE,
                text -> VaultSettings.file(Key.VAULT_KEY_FILE, text),
                null),
            value(given, Key.VAULT_KEY_COMMAND, VaultSettings::command, List.of()),
            environment),
        (int) number(given, Key.DESKTOP_VIEWERS, 1, 1000, 20),
        value(
            given,
            Key.DESKTOP_IDLE,
            text -> Durations.of(Key.DESKTOP_IDLE.path(), text),
            Duration.ofHours(12)),
        List.of(home.resolve("types"), configuration.resolve("types")),
        List.of(home.resolve("providers"), configuration.resolve("providers")),
        List.of(home.resolve("images"), configuration.resolve("images")));
  }

  private static OidcSettings oidc(Map<Key, GivenSetting> given) {
    return new OidcSettings(
        value(
            given,
            Key.OIDC_ISSUER,
            text -> OidcSettings.url(Key.OIDC_ISSUER, text).toString(),
            null),
        value(given, Key.OIDC_AUDIENCE, text -> text, Key.OIDC_AUDIENCE.standard()),
        value(given, Key.OIDC_KEYS_URL, text -> OidcSettings.url(Key.OIDC_KEYS_URL, text), null),
        value(given, Key.OIDC_USER_CLAIM, text -> text, Key.OIDC_USER_CLAIM.standard()),
        value(given, Key.OIDC_ROLE_CLAIM, text -> text, null),
        value(
            given,
            Key.OIDC_ROLES,
            OidcSettings::roles,
            OidcSettings.roles("admin=admin,operator=operator,user=user")),
        value(given, Key.OIDC_DEFAULT_ROLE, OidcSettings::defaultRole, TokenRole.USER));
  }

  private static Duration time(Map<Key, GivenSetting> given, Key key) {
    return value(
        given,
        key,
        text -> Durations.of(key.path(), text),
        Durations.of(key.path(), key.standard()));
  }

  /** A parsed value; a refusal says where the value was set. */
  static <T extends @Nullable Object> T value(
      Map<Key, GivenSetting> given, Key key, Function<String, T> reader, T standard) {
    GivenSetting found = given.get(key);
    if (found == null) {
      return standard;
    }
    try {
      return reader.apply(found.value());
    } catch (Refused e) {
      if (e.refusal() instanceof Refusal.Invalid invalid) {
        throw Refused.invalid(
            key.path(), found.value(), found.where() + " " + invalid.reason(), invalid.advice());
      }
      throw e;
    }
  }

  private static long number(
      Map<Key, GivenSetting> given, Key key, long min, long max, long standard) {
    return value(
        given,
        key,
        text -> {
          if (text.matches("\\d{1,18}")) {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
              return number;
            }
          }
          throw Refused.invalid(
              key.path(),
              text,
              text.matches("\\d+") ? "is out of range" : "is not a whole number",
              "Give a whole number from " + min + " to " + max + ".");
        },
        standard);
  }

  private static Path data(String text) {
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      throw Refused.invalid(
          Key.DATA.path(), text, "is not an absolute path", "Give a path that starts with /.");
    }
    try {
      return real(Path.of(text).normalize());
    } catch (InvalidPathException e) {
      throw Refused.invalid(
          Key.DATA.path(),
          text,
          "cannot be named in this login's locale",
          "Start it by its launcher, or with LC_ALL=C.UTF-8.");
    }
  }

  private static String hostName(String text) {
    if (!HOST_NAME.matcher(text).matches()) {
      throw Refused.invalid(
          Key.HOST_NAME.path(),
          text,
          "is not a name of a host",
          "Give 1 to 63 lower-case letters, digits, dots and dashes, like rack2-host7.");
    }
    return text;
  }

  /**
   * The path with all links resolved as far as it exists, so that a folder has one name only. A
   * path that this user may not resolve is kept as given.
   */
  private static Path real(Path path) {
    for (Path there = path; there != null; there = there.getParent()) {
      try {
        return there.toRealPath().resolve(there.relativize(path)).normalize();
      } catch (IOException e) {
        // It does not exist yet; its parent may.
      }
    }
    return path;
  }

  /** An address and a port. */
  private record Listen(String host, int port) {}

  private static Listen listen(String text) {
    if (text.contains("://")) {
      throw Refused.invalid(
          Key.LISTEN.path(),
          text,
          "is a URL, and not an address and a port",
          "Give the address and the port alone, like 127.0.0.1:3000.");
    }
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 1
        || !LISTEN_HOST.matcher(text.substring(0, colon)).matches()
        || !port.matches("\\d{1,5}")
        || Integer.parseInt(port) > 65_535) {
      throw Refused.invalid(
          Key.LISTEN.path(),
          text,
          "is not an address and a port",
          "Give an address and a port from 0 to 65535, like 127.0.0.1:3000.");
    }
    return new Listen(text.substring(0, colon), Integer.parseInt(port));
  }

  private static Set<String> hosts(String text) {
    var hosts = new TreeSet<String>();
    for (String host : text.split(",", -1)) {
      if (!host.strip().matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")) {
        throw Refused.invalid(
            Key.HOSTS.path(),
            text,
            "is not a list of host names",
            "Give names with commas between them and no ports, like visco.example,build-7.");
      }
      hosts.add(host.strip());
    }
    return hosts;
  }

  private static List<Cidr> networks(Key key, String text) {
    return Arrays.stream(text.split(",", -1)).map(one -> Cidr.of(key.path(), one.strip())).toList();
  }

  private static Cidr pool(String text) {
    Cidr pool = Cidr.of(Key.POOL.path(), text);
    if (pool.prefix() < 16) {
      throw Refused.invalid(
          Key.POOL.path(),
          text,
          "is larger than any host can use",
          "Give a prefix of 16 to 29, like 192.168.100.0/24.");
    }
    if (pool.prefix() > 29) {
      throw Refused.invalid(
          Key.POOL.path(),
          text,
          "is too small: a gateway, the host's side and some guests need addresses",
          "Give a prefix of 16 to 29, like 192.168.100.0/24.");
    }
    return pool;
  }

  private static Duration readBack(String text) {
    String field = Key.CREDENTIALS_READ_BACK.path();
    Duration time = Durations.of(field, text);
    if (time.compareTo(Settings.CredentialSettings.MIN_READ_BACK) < 0) {
      throw Refused.invalid(field, text, "is too short", "Give 1s or more.");
    }
    return time;
  }

  private static String accelerator(String text) {
    if (!Set.of("auto", "tcg", "kvm").contains(text)) {
      throw Refused.invalid(Key.ACCELERATOR.path(), text, "is not known", "Give auto, tcg or kvm.");
    }
    return text;
  }
}
